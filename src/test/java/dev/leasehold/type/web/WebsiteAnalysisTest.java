package dev.leasehold.type.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.leasehold.outbound.OutboundTestKit;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.LocalServer;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.type.demo.DemoServer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WebsiteAnalysisTest {

    private static OutboundTestKit kit;
    private static TestPostgres.Database database;
    private static WebsiteAnalysisHandler handler;
    private static DemoServer demo;

    private static long task = 100;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start() {
        kit = new OutboundTestKit();
        database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        handler = new WebsiteAnalysisHandler(
                kit.client("127.0.0.0/8", ""),
                new WebsiteSettings(Duration.ofSeconds(1), Duration.ofMillis(1)),
                Clock.systemUTC(),
                System::nanoTime);
        demo = DemoServer.start(kit.system(), folder, Clock.systemUTC());
    }

    @AfterAll
    static void stop() {
        demo.stop();
        kit.close();
    }

    private static Outcome run(String url, int maxPages) throws Exception {
        return handler.run(
                new WebsiteAnalysis(url, maxPages, WebsiteAnalysis.Kind.OWN), new JdbcTaskContext(database, task++, 1));
    }

    private static AnalysisResult analyse(String url) throws Exception {
        Outcome outcome = run(url, 50);
        assertThat(outcome.kind()).as(String.valueOf(outcome.message())).isEqualTo(Kind.SUCCESS);
        return assertThat(outcome.result())
                .asInstanceOf(type(AnalysisResult.class))
                .actual();
    }

    @Test
    void findsWhatIsPlantedInDemoSite() throws Exception {
        String base = demo.baseUrl();

        AnalysisResult result = analyse(base + "/");

        assertThat(result.complete()).isTrue();
        assertThat(result.firstVisit()).isTrue();
        assertThat(result.disallowed()).isEqualTo(1);
        assertThat(result.findings())
                .extracting(Finding::rule, finding -> finding.page().replace(base, ""))
                .contains(
                        tuple("title-missing", "/about"),
                        tuple("description-missing", "/products/kettle"),
                        tuple("title-twice", "/journal"),
                        tuple("link-broken", "/products/teapot"),
                        tuple("page-broken", "/spring-sale"),
                        tuple("image-text-missing", "/products/teapot"),
                        tuple("redirect-chain", "/about"),
                        tuple("noindex-listed", "/journal/spout"),
                        tuple("noindex-listed", "/journal/tin"),
                        tuple("page-heavy", "/catalogue"),
                        tuple("heading-several", "/contact"),
                        tuple("viewport-missing", "/contact"),
                        tuple("language-missing", "/contact"),
                        tuple("needs-javascript", "/planner"))
                .doesNotContain(tuple("title-missing", "/"), tuple("link-broken", "/"));
        assertThat(result.findings())
                .filteredOn(finding -> finding.rule().equals("nearly-same"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.page() + finding.evidence())
                        .contains("/products/kettle", "/products/kettle-large"));
        assertThat(result.findings())
                .allSatisfy(finding -> assertThat(finding.since()).isNotNull());
    }

    @Test
    void saysWhatHasChangedSinceLastVisit() throws Exception {
        AtomicReference<String> page = new AtomicReference<>(
                "<html lang=en><title>Old</title><h1>A</h1>" + "<a href=/gone>x</a><a href=/stays>y</a>");
        try (LocalServer site = LocalServer.start()) {
            site.on("/", exchange -> {
                boolean home = exchange.getRequestURI().getPath().equals("/");
                LocalServer.answer(exchange, home ? 200 : 404, "text/html", home ? String.valueOf(page.get()) : "");
            });
            site.on("/gone", 200, "text/html", "<title>Gone</title>");
            site.on("/stays", 200, "text/html", "<title>Stays</title>");

            AnalysisResult first = analyse(site.url("/"));
            AnalysisResult same = analyse(site.url("/"));
            page.set("<html lang=en><title>New</title><meta name=description content=d><h1>A</h1><a href=/stays>y</a>");
            AnalysisResult changed = analyse(site.url("/"));

            assertThat(first.changes()).isEmpty();
            assertThat(same.changes()).isEmpty();
            assertThat(same.newFindings()).isZero();
            assertThat(same.fixedFindings()).isZero();
            assertThat(changed.changes())
                    .filteredOn(change -> !change.field().equals("text"))
                    .containsExactlyInAnyOrder(
                            new Changes.Change(site.url("/"), "title", "Old", "New"),
                            new Changes.Change(site.url("/"), "description", null, "d"),
                            new Changes.Change(site.url("/gone"), "page", "was there", "gone"));
            // The missing description of the home page, and whatever stood on the page that is gone.
            assertThat(changed.fixedFindings())
                    .isEqualTo(1
                            + first.findings().stream()
                                    .filter(finding -> finding.page().endsWith("/gone"))
                                    .count());
            assertThat(changed.findings().get(0).since())
                    .isEqualTo(first.findings().get(0).since());
        }
    }

    @Test
    void obeysRobotsFile() throws Exception {
        try (LocalServer site = LocalServer.start()) {
            site.on("/robots.txt", 200, "text/plain", "User-agent: leasehold\nDisallow: /closed\nDisallow: /shut");
            site.on("/", 200, "text/html", "<title>x</title><a href=/closed>c</a>");

            analyse(site.url("/"));
            Outcome closed = run(site.url("/shut"), 5);

            assertThat(site.requests()).extracting(LocalServer.Request::path).doesNotContain("/closed", "/shut");
            assertThat(closed.kind()).isEqualTo(Kind.SKIPPED);
        }
    }

    @Test
    void leavesSiteAloneWhoseRobotsFileFails() throws Exception {
        try (LocalServer site = LocalServer.start().on("/robots.txt", 500, "text/plain", "")) {
            assertThat(run(site.url("/"), 5).reason()).isEqualTo(Reason.NETWORK);
            assertThat(site.requests()).hasSize(1);
        }
    }

    @Test
    void stopsWhenSiteSaysThatItIsTooMuch() throws Exception {
        try (LocalServer site = LocalServer.start()) {
            site.on("/", 200, "text/html", "<title>x</title><a href=/a>a</a><a href=/b>b</a>");
            site.on("/robots.txt", 404, "text/plain", "").on("/sitemap.xml", 404, "text/plain", "");
            site.on("/a", 429, "text/html", "").on("/b", 200, "text/html", "");

            Outcome outcome = run(site.url("/"), 50);

            assertThat(outcome.kind()).isEqualTo(Kind.PARTIAL);
            assertThat(site.requests()).extracting(LocalServer.Request::path).doesNotContain("/b");
        }
    }

    @Test
    void visitsNoMorePagesThanAllowed() throws Exception {
        try (LocalServer site = LocalServer.start()) {
            site.on("/", exchange -> {
                StringBuilder links = new StringBuilder("<title>x</title>");
                for (int i = 0; i < 50; i++) {
                    links.append("<a href=/p")
                            .append(exchange.getRequestURI().hashCode())
                            .append(i)
                            .append(">x</a>");
                }
                LocalServer.answer(exchange, 200, "text/html", links.toString());
            });
            site.on("/robots.txt", 404, "text/plain", "").on("/sitemap.xml", 404, "text/plain", "");

            Outcome outcome = run(site.url("/"), 7);

            assertThat(outcome.result())
                    .asInstanceOf(type(AnalysisResult.class))
                    .satisfies(result -> assertThat(result.pages()).isEqualTo(7))
                    .satisfies(result -> assertThat(result.complete()).isFalse());
        }
    }

    @Test
    @Tag("H49")
    void followsNeitherSitemapNorLinksIntoPrivateNetworks() throws Exception {
        try (LocalServer site = LocalServer.startOn("127.0.0.2");
                LocalServer secret = LocalServer.startOn("127.0.0.3").on("/", 200, "text/html", "")) {
            site.on("/robots.txt", 200, "text/plain", "Sitemap: " + secret.url("/sitemap.xml"));
            site.on(
                    "/",
                    200,
                    "text/html",
                    "<title>x</title><link rel=canonical href=" + secret.url("/c") + "><a href=" + secret.url("/l")
                            + ">l</a><a href=/moved>m</a>");
            site.redirect("/moved", 302, secret.url("/r"));
            WebsiteAnalysisHandler guarded = new WebsiteAnalysisHandler(
                    kit.client("127.0.0.2/32", ""),
                    new WebsiteSettings(Duration.ofMillis(1), Duration.ofMillis(1)),
                    Clock.systemUTC(),
                    System::nanoTime);

            guarded.run(
                    new WebsiteAnalysis(site.url("/"), 10, WebsiteAnalysis.Kind.OWN),
                    new JdbcTaskContext(database, task++, 1));

            assertThat(site.requests()).extracting(LocalServer.Request::path).contains("/", "/moved");
            assertThat(secret.requests()).isEmpty();
        }
    }

    @Test
    void survivesDeepAndBrokenPages() throws Exception {
        String deep = "<div>".repeat(200_000) + "text";
        try (LocalServer site = LocalServer.start()) {
            site.on("/", 200, "text/html", deep);
            site.on("/robots.txt", 404, "text/plain", "").on("/sitemap.xml", 200, "text/xml", "<urlset><url>");

            AnalysisResult result = analyse(site.url("/"));

            assertThat(result.findings()).extracting(Finding::rule).contains("title-missing");
        }
    }

    @Test
    void refusesWrongPayloads() {
        assertThatThrownBy(() -> new WebsiteAnalysis("nonsense", 5, WebsiteAnalysis.Kind.OWN))
                .hasMessageContaining("url");
        assertThatThrownBy(() -> new WebsiteAnalysis("http://x.example/", 0, WebsiteAnalysis.Kind.OWN))
                .hasMessageContaining("max_pages");
    }
}
