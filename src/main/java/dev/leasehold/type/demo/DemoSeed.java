package dev.leasehold.type.demo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.type.http.HttpCall;
import dev.leasehold.type.http.HttpCallHandler;
import dev.leasehold.type.monitoring.Check;
import dev.leasehold.type.monitoring.Monitoring;
import dev.leasehold.type.monitoring.MonitoringHandler;
import dev.leasehold.type.oauth.Credentials;
import dev.leasehold.type.oauth.NewCredential;
import dev.leasehold.type.oauth.OAuthToken;
import dev.leasehold.type.oauth.OAuthTokenHandler;
import dev.leasehold.type.secret.Vault;
import dev.leasehold.type.sql.SqlCall;
import dev.leasehold.type.sql.SqlCallHandler;
import dev.leasehold.type.web.WebsiteAnalysis;
import dev.leasehold.type.web.WebsiteAnalysisHandler;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;

/**
 * What a node of the demo has to do: a task of each type, on the demo server's real input. Keys are fixed, so that a second
 * start adds nothing.
 */
public final class DemoSeed {

    private static final String TENANT = "default";
    private static final String CONNECTION = "demo-kettle";

    private DemoSeed() {}

    private static final String MAKE_TABLE = """
            CREATE TABLE IF NOT EXISTS leasehold.demo_visit (
                id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT demo_visit_pkey PRIMARY KEY,
                visitor text NOT NULL,
                visited_at timestamptz NOT NULL DEFAULT now()
            )
            """;

    /** Makes the table on which the demo's SQL tasks work; to be called in the user-data database. */
    public static void prepareUserData(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(MAKE_TABLE);
        }
    }

    /**
     * Stores the demo's OAuth connection, with a grant of the demo's authorization server; to be called in the platform
     * database. False: it is there already.
     */
    public static boolean connect(Connection connection, Vault vault, DemoServer server) throws SQLException {
        if (Credentials.exists(connection, TENANT, CONNECTION)) {
            return false;
        }
        DemoAuthorizationServer.Issued issued = server.authorization().grant("visitor@example.org");
        return Credentials.create(
                connection,
                vault,
                new NewCredential(
                        TENANT,
                        CONNECTION,
                        "demo",
                        "visitor@example.org",
                        server.baseUrl() + DemoAuthorizationServer.PATH + "token",
                        DemoAuthorizationServer.CLIENT_ID,
                        server.authorization().clientSecret(),
                        null,
                        null,
                        issued.refreshToken(),
                        issued.accessToken(),
                        // Due at once, so that the first run has something to do.
                        1));
    }

    /**
     * The tasks. Those that recur are first due after their interval: whoever creates them asks for a first run at once.
     *
     * @param baseUrl of the demo server
     */
    public static List<TaskSpec> tasks(String baseUrl) {
        return List.of(
                task(HttpCallHandler.NAME, greeting(baseUrl), "demo-greeting", every(10)),
                task(HttpCallHandler.NAME, page(baseUrl), "demo-front-page", thriceAnHour()),
                task(
                        WebsiteAnalysisHandler.NAME,
                        new WebsiteAnalysis(baseUrl + "/", 50, WebsiteAnalysis.Kind.OWN),
                        "demo-website",
                        every(20)),
                task(MonitoringHandler.NAME, new Monitoring(frontPage(baseUrl)), "demo-front-page-up", every(5)),
                task(MonitoringHandler.NAME, new Monitoring(visits()), "demo-visits", every(10)),
                task(OAuthTokenHandler.NAME, new OAuthToken(CONNECTION), "demo-connection", every(10)),
                task(SqlCallHandler.NAME, visit(), "demo-visit", every(5)),
                task(DemoSleep.NAME, new DemoSleep.Payload(1500L), "demo-sleep", every(5)),
                task(DemoFail.NAME, new DemoFail.Payload(1), "demo-fail", every(15)),
                task(DemoSleep.NAME, new DemoSleep.Payload(200L), "demo-once", Schedule.now()),
                task(DemoLeak.NAME, new DemoLeak.Payload(2000L, 60_000L), "demo-leak", Schedule.now()));
    }

    private static TaskSpec task(String type, Object payload, String key, Schedule schedule) {
        return TaskSpec.of(type, payload).tenant(TENANT).key(key).schedule(schedule);
    }

    private static Schedule every(long minutes) {
        return Schedule.fixedDelay(Duration.ofMinutes(minutes));
    }

    private static Schedule thriceAnHour() {
        return Cron.of("*/20 * * * *", ZoneId.of("UTC"));
    }

    private static HttpCall greeting(String baseUrl) {
        return new HttpCall(
                baseUrl + "/hook",
                "POST",
                Map.of(),
                JsonNodeFactory.instance.objectNode().put("greeting", "hello"),
                null);
    }

    private static HttpCall page(String baseUrl) {
        return new HttpCall(baseUrl + "/", "GET", Map.of(), null, null);
    }

    private static Check frontPage(String baseUrl) {
        return new Check(baseUrl + "/", 200, "Copper Kettle", 10_000, null, null, null);
    }

    private static Check visits() {
        return new Check(null, null, null, null, "SELECT count(*) FROM leasehold.demo_visit", "<", 1_000_000.0);
    }

    private static SqlCall visit() {
        return new SqlCall(
                "userdata",
                "INSERT INTO leasehold.demo_visit (visitor) VALUES (?) RETURNING id, visited_at",
                List.of(TextNode.valueOf("a task of type sql")));
    }
}
