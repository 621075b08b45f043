package dev.leasehold.embedded;

import dev.leasehold.config.DatabaseSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A process of its own that takes a data folder, starts the server in it, says so, and waits to be killed. */
final class ServerHolder {

    private ServerHolder() {}

    public static void main(String[] arguments) throws Exception {
        EmbeddedPostgres server = new EmbeddedPostgres(DataFolder.take(Path.of(arguments[0])));
        try {
            DatabaseSettings database = server.start();
            System.out.println("up " + server.process().orElseThrow().pid() + " " + database.url());
            System.out.flush();
            if (arguments.length > 1 && arguments[1].equals("stop")) {
                server.stop(Duration.ofSeconds(20), Duration.ofSeconds(5));
            } else {
                new CountDownLatch(1).await();
            }
        } catch (EmbeddedPostgresException e) {
            System.out.println("refused " + e.getMessage());
        }
    }
}
