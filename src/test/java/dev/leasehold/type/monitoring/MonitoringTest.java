package dev.leasehold.type.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import dev.leasehold.outbound.OutboundTestKit;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.LocalServer;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class MonitoringTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static OutboundTestKit kit;
    private static TestPostgres.Database database;
    private static MonitoringHandler handler;

    private static long task = 500;

    private JdbcTaskContext context;

    @BeforeAll
    static void start() throws Exception {
        kit = new OutboundTestKit();
        database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        database.execute("CREATE TABLE stock (amount integer)");
        database.execute("INSERT INTO stock VALUES (7)");
        handler = new MonitoringHandler(kit.client("127.0.0.0/8", "first-byte-timeout = 1s, total-timeout = 2s"));
    }

    @AfterAll
    static void stop() {
        kit.close();
    }

    @BeforeEach
    void makeContext() {
        context = new JdbcTaskContext(database, ++task, 1);
    }

    private Outcome run(String check) throws Exception {
        return handler.run(JSON.readValue("{\"check\":" + check + "}", Monitoring.class), context);
    }

    private Measurement measure(String check) throws Exception {
        Outcome outcome = run(check);
        assertThat(outcome.kind()).as(String.valueOf(outcome.message())).isEqualTo(Kind.SUCCESS);
        return assertThat(outcome.result())
                .asInstanceOf(type(Measurement.class))
                .actual();
    }

    private String stored() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT value || ' ' || met FROM leasehold.measurement WHERE task_id = " + task)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    @ParameterizedTest
    @CsvSource({">, 6, true", ">, 7, false", "<, 8, true", ">=, 7, true", "<=, 6, false", "=, 7, true", "!=, 7, false"})
    void comparesWhatQueryFindsAndStoresIt(String operator, double threshold, boolean met) throws Exception {
        Measurement measured = measure("{\"query\":\"SELECT amount FROM stock\",\"operator\":\"%s\",\"threshold\":%s}"
                .formatted(operator, threshold));

        assertThat(measured.met()).isEqualTo(met);
        assertThat(measured.value()).isEqualTo(7.0);
        assertThat(stored()).isEqualTo("7 " + met);
        assertThat(context.alerts().containsKey("check")).isEqualTo(!met);
    }

    @Test
    void raisesAlertWhileNotMetAndClearsItAfterwards() throws Exception {
        AtomicInteger status = new AtomicInteger(500);
        try (LocalServer site = LocalServer.start()) {
            site.on("/", exchange -> LocalServer.answer(exchange, status.get(), "text/plain", "all well"));
            String check = "{\"url\":\"%s\",\"body\":\"well\",\"max_ms\":900}".formatted(site.url("/"));

            assertThat(measure(check).met()).isFalse();
            assertThat(context.alerts().get("check")).contains("status 500, expected 200");
            status.set(200);
            assertThat(measure(check).met()).isTrue();
            assertThat(context.alerts()).isEmpty();
            assertThat(measure(check.replace("well", "ill")).detail()).contains("does not contain");
        }
    }

    @Test
    void siteThatIsDownIsAFindingAndRefusedTargetIsAFault() throws Exception {
        LocalServer site = LocalServer.start();
        String url = site.url("/");
        site.close();

        assertThat(measure("{\"url\":\"%s\"}".formatted(url)).met()).isFalse();
        assertThat(context.alerts()).containsKey("check");
        assertThat(run("{\"url\":\"http://10.0.0.1/\"}").reason()).isEqualTo(Reason.CONFIG);
    }

    @Test
    void queryCannotWrite() throws Exception {
        Outcome outcome = run("{\"query\":\"DELETE FROM stock RETURNING amount\",\"operator\":\">\",\"threshold\":0}");

        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(outcome.message()).contains("25006");
        assertThat(measure("{\"query\":\"SELECT count(*) FROM stock\",\"operator\":\"=\",\"threshold\":1}")
                        .met())
                .isTrue();
    }

    @Test
    void rowsThatAreMissingAreNotMet() throws Exception {
        assertThat(measure("{\"query\":\"SELECT 1 WHERE false\",\"operator\":\">\",\"threshold\":0}")
                        .detail())
                .contains("no row");
        assertThat(measure("{\"query\":\"SELECT NULL::int\",\"operator\":\">\",\"threshold\":0}")
                        .detail())
                .contains("null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"url\":\"http://x.example/\",\"query\":\"SELECT 1\"}",
                "{\"url\":\"x\"}",
                "{\"url\":\"http://x.example/\",\"max_ms\":0}",
                "{\"url\":\"http://x.example/\",\"threshold\":1}",
                "{\"query\":\"SELECT 1\"}",
                "{\"query\":\"SELECT 1\",\"operator\":\"~\",\"threshold\":1}",
                "{\"query\":\"SELECT 1; SELECT 2\",\"operator\":\">\",\"threshold\":1}",
                "{\"query\":\"COMMIT\",\"operator\":\">\",\"threshold\":1}"
            })
    void refusesWrongPayloads(String check) {
        assertThatThrownBy(() -> JSON.readValue("{\"check\":" + check + "}", Monitoring.class))
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .isInstanceOf(JsonMappingException.class);
        assertThatThrownBy(() -> JSON.readValue("{}", Monitoring.class))
                .isInstanceOf(ValueInstantiationException.class);
    }
}
