package dev.leasehold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import dev.leasehold.InvoiceReminder.Invoice;
import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.StartMode;
import dev.leasehold.lease.Hold;
import dev.leasehold.store.Runs;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.testing.TestPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole node within an application, as the README shows it. */
class LeaseholdTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    private static final TestPostgres.Database DATABASE = TestPostgres.freshDatabase();

    @SuppressWarnings("NullAway.Init")
    private static Leasehold leasehold;

    @BeforeAll
    static void start() throws Exception {
        DATABASE.execute("CREATE TABLE invoice (id bigint PRIMARY KEY, reminded boolean NOT NULL DEFAULT false)");
        DATABASE.execute("INSERT INTO invoice SELECT n FROM generate_series(1, 100) AS n");
        leasehold = Leasehold.start(config(), Handlers.of(new InvoiceReminder()));
    }

    @AfterAll
    static void stop() throws Exception {
        leasehold.close();
        // The server hears of a closed connection a moment after it was closed.
        await().until(() -> backends() == 0);
    }

    private static Config config() {
        Map<String, String> environment = Map.of(
                "LEASEHOLD_DATABASE_URL", DATABASE.url(),
                "LEASEHOLD_DATABASE_USER", DATABASE.user(),
                "LEASEHOLD_DATABASE_PASSWORD", DATABASE.password(),
                "LEASEHOLD_DATA_DIR", folder.toString(),
                "LEASEHOLD_HTTP_PORT", "0",
                "LEASEHOLD_REMOTING_PORT", "0");
        return new ConfigLoader(StartMode.PRODUCTION, environment, Map.of(), Optional.empty()).load();
    }

    private static long backends() throws SQLException {
        try (Connection admin = TestPostgres.superuser();
                Statement statement = admin.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE usename = '"
                        + DATABASE.user() + "' AND backend_type = 'client backend'")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static List<Runs.Row> runs(TaskId task) {
        try (Connection connection = DATABASE.connect()) {
            return Runs.list(connection, new Runs.Filter(task.value(), null, null, null, null, 10));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean reminded(long invoice) throws SQLException {
        try (Connection connection = DATABASE.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT reminded FROM invoice WHERE id = " + invoice)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Test
    @Tag("row42")
    void runsAHandlerOfTheApplication() throws Exception {
        LeaseholdTasks.Created created = leasehold
                .tasks()
                .create(TaskSpec.of("invoice-reminder", new Invoice(42)).key("inv-42"))
                .toCompletableFuture()
                .join();

        await().untilAsserted(() -> assertThat(runs(created.id()))
                .singleElement()
                .extracting(Runs.Row::outcome)
                .isEqualTo("success"));
        assertThat(reminded(42)).isTrue();
    }

    @Test
    void runsATaskOnceTheCallersOwnTransactionHasCommitted() throws Exception {
        try (Connection connection = DATABASE.connect()) {
            connection.setAutoCommit(false);
            LeaseholdTasks.Created rolledBack =
                    leasehold.tasks().create(connection, TaskSpec.of("invoice-reminder", new Invoice(7)));
            connection.rollback();
            LeaseholdTasks.Created committed =
                    leasehold.tasks().create(connection, TaskSpec.of("invoice-reminder", new Invoice(8)));
            connection.commit();

            await().until(() -> !runs(committed.id()).isEmpty());
            assertThat(reminded(8)).isTrue();
            assertThat(reminded(7)).isFalse();
            assertThat(runs(rolledBack.id())).isEmpty();
        }
    }

    @Test
    @Tag("row36")
    void leasesConnectionsForTheApplicationsOwnWork() {
        long invoices = leasehold
                .leases()
                .inTransaction("userdata", Hold.atMost(Duration.ofSeconds(5)), connection -> {
                    try (Statement statement = connection.createStatement();
                            ResultSet row = statement.executeQuery("SELECT count(*) FROM invoice")) {
                        row.next();
                        return row.getLong(1);
                    }
                })
                .toCompletableFuture()
                .join();

        assertThat(invoices).isEqualTo(100);
    }

    @Test
    void refusesWhatNoHandlerIsFor() {
        assertThatThrownBy(() -> leasehold
                        .tasks()
                        .create(TaskSpec.of("no-such-type", Map.of()))
                        .toCompletableFuture()
                        .join())
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no-such-type");
    }

    @Test
    @Tag("row49")
    void saysOverHttpThatItIsHealthyAndReady() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (String path : List.of("/health", "/alive", "/ready")) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(
                                    URI.create("http://" + leasehold.node().http() + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        }
    }

    @Test
    void showsThePortThatRemotingHasReallyTaken() throws Exception {
        try (Connection connection = DATABASE.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT address FROM leasehold.node")) {
            row.next();

            assertThat(row.getString(1)).matches(".*127\\.0\\.0\\.1:[1-9][0-9]*");
        }
    }

    @Test
    void isWhatTheReadmeShows() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String source = Files.readString(Path.of("src/test/java/dev/leasehold/InvoiceReminder.java"));

        assertThat(readme).contains("```java\n" + source.substring(source.indexOf("public final class")) + "```");
    }

    @Test
    @Tag("row22")
    void isWhatTheGuideToLeasesShows() throws Exception {
        String guide = Files.readString(Path.of("docs/leases.md"));
        String source = Files.readString(Path.of("src/test/java/dev/leasehold/LeaseGuide.java"));
        Matcher example = Pattern.compile(" {4}// \\[[^]]+]\n(.*?) {4}// \\[end]\n", Pattern.DOTALL)
                .matcher(source);
        int examples = 0;
        while (example.find()) {
            assertThat(guide)
                    .contains("```java\n" + example.group(1).stripTrailing().stripIndent() + "\n```");
            examples++;
        }
        assertThat(guide.split("```java", -1)).hasSize(examples + 1);
    }

    @Test
    @Tag("row22")
    @Tag("row21")
    void doesWhatTheGuideToLeasesSays() throws Exception {
        LeaseGuide examples = new LeaseGuide(leasehold);
        DATABASE.execute("CREATE TABLE note (text text)");

        assertThat(examples.remind(99).toCompletableFuture().join()).isTrue();
        assertThat(reminded(99)).isTrue();
        assertThat(examples.unremindedInvoices().toCompletableFuture().join()).isLessThan(100);
        assertThat(examples.unremindedInvoicesNow()).isLessThan(100);
        assertThat(examples.log("said").toCompletableFuture().join()).isTrue();
        assertThat(examples.nameOrNothing(7).toCompletableFuture().join()).isEqualTo("customer 7");
    }
}
