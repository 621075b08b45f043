package dev.leasehold.testing;

import static org.awaitility.Awaitility.await;

import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.embedded.DataFolder;
import dev.leasehold.embedded.EmbeddedPostgres;
import dev.leasehold.embedded.Standby;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A PostgreSQL of a test's own, durable and with TLS, that can be killed and started again on its port. One for all tests of
 * the JVM that need such a one, since it takes seconds to unpack; a test leaves it running.
 */
public final class OwnPostgres {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String SETTINGS = """
            ssl = on
            ssl_cert_file = 'test.crt'
            ssl_key_file = 'test.key'
            track_commit_timestamp = on
            max_connections = 60
            """;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final DataFolder folder;
    private EmbeddedPostgres server;
    private DatabaseSettings database;

    private OwnPostgres(Path path) throws IOException, GeneralSecurityException {
        folder = DataFolder.take(path);
        server = new EmbeddedPostgres(folder);
        database = server.start();
        Path data = folder.path().resolve("postgres/data");
        writeKey(data);
        Files.writeString(data.resolve("custom.conf"), SETTINGS);
        server.stop(LIMIT, LIMIT);
        server = new EmbeddedPostgres(folder);
        database = server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(this::remove));
    }

    /** The one of this JVM, started at first use. */
    public static OwnPostgres shared() {
        return Holder.SERVER;
    }

    public int port() {
        return Integer.parseInt(database.url().replaceFirst(".*:([0-9]+)/.*", "$1"));
    }

    /** A database and the plain role that owns it. */
    public TestPostgres.Database freshDatabase() throws SQLException {
        String name = "own_" + NUMBER.incrementAndGet();
        execute("CREATE ROLE " + name + " LOGIN PASSWORD '" + name + "'");
        execute("CREATE DATABASE " + name + " OWNER " + name);
        return new TestPostgres.Database("jdbc:postgresql://127.0.0.1:" + port() + "/" + name, name, name, port());
    }

    /** Directly, as superuser. */
    public Connection superuser() throws SQLException {
        return superuser("postgres");
    }

    /** The same, to another database. */
    public Connection superuser(String name) throws SQLException {
        try {
            String password = Files.readString(folder.path().resolve("postgres/superuser.secret"));
            return DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + port() + "/" + name + "?socketTimeout=20&ApplicationName=observer",
                    "postgres",
                    password.trim());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On a superuser's connection of its own. */
    public void execute(String sql) throws SQLException {
        try (Connection connection = superuser();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Drops everything at once, as {@code pg_ctl stop -m immediate} does; waits until the server is gone. */
    public void stopNow() {
        server.process().ifPresent(process -> signal("QUIT", process.pid()));
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(20)).until(() -> !server.isAlive());
    }

    /** After {@link #stopNow}; it recovers first. */
    public void startAgain() {
        Standby.end(folder.path().resolve("postgres"));
        server = new EmbeddedPostgres(folder);
        database = server.start();
    }

    /** After {@link #stopNow}: as a server that only reads, until {@link #stopNow} and {@link #startAgain}. */
    public void startReadOnly() {
        Standby.start(folder.path().resolve("postgres"));
        await().atMost(LIMIT).ignoreExceptions().until(() -> {
            try (Connection connection = superuser()) {
                return connection.isValid(5);
            }
        });
    }

    /** Holds a backend up ({@code STOP}) or lets it go on ({@code CONT}). */
    public static void signal(String signal, long pid) {
        try {
            int status = new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + pid)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("no signal " + signal + " to " + pid);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void remove() {
        stopNow();
        try (Stream<Path> files = Files.walk(folder.path())) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A key and a certificate that nobody trusts, made by the JDK's own tool. */
    private static void writeKey(Path data) throws IOException, GeneralSecurityException {
        Path store = Files.createTempDirectory("leasehold-key").resolve("store.p12");
        String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process made = new ProcessBuilder(List.of(
                        tool,
                        "-genkeypair",
                        "-alias",
                        "test",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "secret",
                        "-keystore",
                        store.toString()))
                .redirectErrorStream(true)
                .start();
        String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!Files.exists(store)) {
            throw new IllegalStateException("keytool: " + said);
        }
        char[] secret = "secret".toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new ByteArrayInputStream(Files.readAllBytes(store)), secret);
        write(
                data.resolve("test.crt"),
                "CERTIFICATE",
                keys.getCertificate("test").getEncoded());
        write(
                data.resolve("test.key"),
                "PRIVATE KEY",
                keys.getKey("test", secret).getEncoded());
        Files.delete(store);
        Files.delete(store.getParent());
    }

    private static void write(Path file, String kind, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** Started at first use; the JVM's exit stops it. */
    private static final class Holder {
        private static final OwnPostgres SERVER = start();

        private static OwnPostgres start() {
            try {
                Path folder = Files.createTempDirectory("leasehold-own");
                return new OwnPostgres(folder);
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
