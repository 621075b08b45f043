package dev.leasehold.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.admin.AdminFixture;
import dev.leasehold.admin.api.Database;
import dev.leasehold.admin.overview.OverviewReader;
import dev.leasehold.engine.RunningView;
import dev.leasehold.lease.LeaseException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DashboardTest {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture(
                Optional.of(AdminFixture.TOKEN),
                (system, leases, engine, pools) -> new Dashboard(
                                system, new OverviewReader(new Database(leases), engine, pools, Clock.systemUTC()))
                        .endpoints());
        seed();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @AfterEach
    void heal() {
        fixture.leases.failWith(null);
    }

    /** A little of everything, with markup where a stranger could put it. */
    private static void seed() throws Exception {
        fixture.database.execute("""
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, reason, error)
                SELECT 100 + i, 1, 1, i % 4 <> 3, (ARRAY['success', 'success', 'partial', 'failed', 'skipped'])[1 + i % 5],
                       (ARRAY['http-call', 'website-analysis', 'oauth-token'])[1 + i % 3], 'default', 0, 1, 'node-a', now(),
                       now() - make_interval(secs => i * 7 + 2), now() - make_interval(secs => i * 7),
                       CASE WHEN i % 5 = 3 THEN 'network' END,
                       CASE WHEN i % 5 = 3 THEN '<script>alert(1)</script> connect timed out after 5 s' END
                FROM generate_series(1, 12) AS i
                """);
        fixture.database.execute("""
                INSERT INTO leasehold.stat (type, lane, day, found, executed, failed, skipped, retried)
                VALUES ('http-call', 0, current_date, 12480, 12311, 97, 72, 214)
                """);
        fixture.database.execute("UPDATE leasehold.setting SET value = 4213 WHERE name = 'check_cycles'");
        fixture.database.execute("""
                INSERT INTO leasehold.event (type, node, message, data, at)
                SELECT 'check_cycle', 'node-a', 'check cycle',
                       jsonb_build_object('cycle', 4213 - i, 'found', (i * 7919) % 40, 'executed', (i * 7919) % 38,
                                          'failed', CASE WHEN i % 9 = 0 THEN 6 ELSE 0 END, 'skipped', 0,
                                          'duration_ms', 12 + i), now() - make_interval(secs => i * 3)
                FROM generate_series(0, 44) AS i
                """);
        fixture.database.execute("""
                INSERT INTO leasehold.revoked_lease (lease_id, pool, class, task_id, run_id, type, tenant, actor, node, cause,
                    granted_at, revoked_at, held_ms, idle_ms, in_transaction, sql, holder_stack, reclaimed_by, reclaim_ms)
                SELECT 'l-' || i, 'userdata', 'task', (200 + i)::text, (200 + i) || '.1', 'demo-leak', 'default',
                       'akka://leasehold/user/engine/types/demo-leak/run-' || i, 'node-a', 'expired', now(), now(), 2004,
                       1998, true, 'SELECT ''<img src=x onerror=alert(1)>'' FROM pg_sleep(0)',
                       'dev.leasehold.type.demo.DemoLeak.run(DemoLeak.java:71)', 'abort', 41
                FROM generate_series(1, 3) AS i
                """);
        fixture.database.execute("""
                INSERT INTO leasehold.alert (source, name, severity, message)
                VALUES ('task/107', 'threshold', 'warning', 'orders waiting: 213, above 100')
                """);
        fixture.database.execute("UPDATE leasehold.lane SET owner = 'node-a', epoch = 3");
        for (String body : List.of(
                "{\"type\":\"demo-sleep\",\"key\":\"<b>bold</b>\",\"schedule\":{\"kind\":\"every\",\"interval\":\"PT15M\"}}",
                "{\"type\":\"demo-fail\",\"key\":\"nightly report\",\"priority\":\"high\",\"schedule\":{\"kind\":\"cron\",\"expression\":\"0 9 * * MON-FRI\",\"zone\":\"Europe/Berlin\"}}",
                "{\"type\":\"demo-sleep\",\"key\":\"in a while\",\"schedule\":{\"kind\":\"once\",\"at\":\"2090-01-01T00:00:00Z\"}}")) {
            assertThat(fixture.post("/api/v1/tasks", body).status()).isEqualTo(201);
        }
        fixture.engine.underWay.add(new RunningView(
                301,
                1,
                1,
                1,
                "website-analysis",
                "default",
                Clock.systemUTC().instant(),
                Clock.systemUTC().instant(),
                "running",
                40,
                "page 12 of 30"));
        fixture.engine.underWay.add(new RunningView(
                302,
                4,
                2,
                2,
                "demo-leak",
                "default",
                Clock.systemUTC().instant(),
                Clock.systemUTC().instant(),
                "restarting",
                null,
                null));
    }

    private static AdminFixture.Answer page() throws Exception {
        AdminFixture.Answer login = fixture.send(fixture.request("GET", "/?login=" + fixture.admin.loginCode(), null));
        return fixture.send(fixture.request("GET", "/", null)
                .header("Cookie", login.header("Set-Cookie").split(";", 2)[0]));
    }

    @Test
    void showsTheWholeOnOnePage() throws Exception {
        AdminFixture.Answer page = page();

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=UTF-8");
        assertThat(page.text())
                .contains("Pool platform", "Pool userdata", "Running", "Next due", "Latest runs", "Leases taken back")
                .contains("12,311", "4,213", "website-analysis 301", "restarting", "nightly report", "network")
                .contains("held a connection of pool userdata for 2.0 s, in an open transaction")
                .contains("orders waiting: 213, above 100", "0 9 * * MON-FRI");
    }

    @Test
    @Tag("row56")
    void showsFiguresThatSqlCountsToo() throws Exception {
        long executed = fixture.count("SELECT sum(executed) FROM (SELECT executed FROM leasehold.stat"
                + " UNION ALL SELECT executed FROM leasehold.stat_delta) AS s");
        long cycles = fixture.count("SELECT value FROM leasehold.setting WHERE name = 'check_cycles'");
        long due = fixture.count("SELECT count(*) FROM leasehold.task WHERE state = 'active' AND due_at <= now()");

        assertThat(page().text())
                .contains("<h2>Executed</h2><p class=\"figure\">" + Format.count(executed) + "</p>")
                .contains("<h2>Check cycles</h2><p class=\"figure\">" + Format.count(cycles) + "</p>")
                .contains("<h2>Due now</h2><p class=\"figure\">" + Format.count(due) + "</p>");
    }

    @Test
    void escapesWhatStrangersWrote() throws Exception {
        assertThat(page().text())
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;b&gt;bold&lt;/b&gt;", "&lt;img src=x")
                .doesNotContain("<script>alert", "<b>bold", "<img src=x");
    }

    @Test
    void needsNothingThatItsPolicyForbids() throws Exception {
        AdminFixture.Answer page = page();

        assertThat(page.header("Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'")
                .doesNotContain("unsafe");
        assertThat(page.text())
                .doesNotContainPattern("<script(?![^>]* src=\"/assets/)")
                .doesNotContainPattern("<[^>]*\\son[a-z]+=")
                .doesNotContainPattern("<[^>]*\\sstyle=")
                .doesNotContain("<style", "javascript:");
        Matcher assets = Pattern.compile("\"(/assets/[^\"]+)\"").matcher(page.text());
        int found = 0;
        while (assets.find()) {
            AdminFixture.Answer asset = fixture.send(fixture.request("GET", assets.group(1), null));
            assertThat(asset.status()).as(assets.group(1)).isEqualTo(200);
            assertThat(asset.header("Cache-Control")).contains("immutable");
            assertThat(asset.header("X-Content-Type-Options")).isEqualTo("nosniff");
            found++;
        }
        assertThat(found).isGreaterThanOrEqualTo(3);
        assertThat(page.text().length()).isLessThan(150_000);
    }

    @Test
    void showsWhatIsKnownWithoutTheDatabase() throws Exception {
        AdminFixture.Answer login = fixture.send(fixture.request("GET", "/?login=" + fixture.admin.loginCode(), null));
        fixture.leases.failWith(LeaseException.Kind.DOWN);

        AdminFixture.Answer page = fixture.send(fixture.request("GET", "/", null)
                .header("Cookie", login.header("Set-Cookie").split(";", 2)[0]));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text()).contains("database is not reached", "Pool platform", "website-analysis 301");
    }

    @Test
    @Tag("row38")
    void sendsFragmentsThatChange() throws Exception {
        HttpRequest request = fixture.request("GET", "/live", null)
                .header("Authorization", "Bearer " + AdminFixture.TOKEN)
                .build();
        HttpResponse<InputStream> response = fixture.client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (BufferedReader stream =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            readUntil(stream, "f-lanes");
            fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"key\":\"fresh from the oven\"}");

            assertThat(readUntil(stream, "fresh from the oven")).contains("f-due");
        }
    }

    private static String readUntil(BufferedReader stream, String text) throws IOException {
        String line;
        do {
            line = stream.readLine();
            assertThat(line).as("the stream goes on").isNotNull();
        } while (!line.contains(text));
        return line;
    }

    @Test
    @Tag("long")
    void standsInBrowserWithoutComplaint() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(CHROMIUM), "chromium is installed");
        Path folder = Files.createDirectories(Path.of("target", "pages"));

        for (String look : List.of("light-1280x2300", "dark-1280x2300", "light-360x1500", "dark-1920x1300")) {
            String path = "/?login=" + fixture.admin.loginCode();
            String log = screenshot(folder.resolve("overview-" + look + ".png"), look, path);
            assertThat(log).as(look).doesNotContain("CONSOLE").doesNotContain("Refused to");
            assertThat(Files.size(folder.resolve("overview-" + look + ".png"))).isGreaterThan(20_000);
        }
        assertThat(screenshot(folder.resolve("login.png"), "light-600x700", "/login"))
                .doesNotContain("CONSOLE");
    }

    private static String screenshot(Path file, String look, String path) throws Exception {
        Path profile = Files.createTempDirectory("chromium");
        String[] parts = look.split("[-x]", -1);
        Process browser = new ProcessBuilder(
                        CHROMIUM.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--enable-logging=stderr",
                        parts[0].equals("dark")
                                ? "--blink-settings=preferredColorScheme=0"
                                : "--blink-settings=preferredColorScheme=1",
                        "--user-data-dir=" + profile,
                        "--window-size=" + parts[1] + "," + parts[2],
                        "--timeout=3000",
                        "--screenshot=" + file.toAbsolutePath(),
                        fixture.uri(path).toString())
                .redirectErrorStream(true)
                .start();
        String log = new String(browser.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(browser.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return log;
    }
}
