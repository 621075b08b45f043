package dev.leasehold.type.web;

import dev.leasehold.outbound.AllowedPorts;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import dev.leasehold.type.failure.CallFailures;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Visits a site and stores what is wrong with it and what has changed, together with the run's completion. No connection
 * is held while the site is visited.
 */
public final class WebsiteAnalysisHandler implements TaskHandler<WebsiteAnalysis> {

    /** Name of the type. */
    public static final String NAME = "website-analysis";

    private static final Duration HOLD = Duration.ofSeconds(20);

    private final OutboundClient client;
    private final Politeness politeness;
    private final Clock clock;

    /** A handler that paces itself by {@code nanoTime}, which is monotonic. */
    public WebsiteAnalysisHandler(OutboundClient client, WebsiteSettings settings, Clock clock, LongSupplier nanoTime) {
        this.client = client;
        this.politeness = new Politeness(client, settings, nanoTime);
        this.clock = clock;
    }

    @Override
    public TaskType<WebsiteAnalysis> type() {
        return TaskType.of(NAME, WebsiteAnalysis.class)
                .description("Crawls a site politely, finds faults and what has changed")
                .timeout(Duration.ofMinutes(45))
                .concurrency(8);
    }

    @Override
    public Outcome run(WebsiteAnalysis task, TaskContext context) throws Exception {
        try {
            return analyse(task, context);
        } catch (OutboundException e) {
            return CallFailures.of(e);
        }
    }

    private Outcome analyse(WebsiteAnalysis task, TaskContext context) throws Exception {
        TargetUrl start = TargetUrl.parse(task.url());
        RobotsFile robots = RobotsFile.fetch(client, start);
        if (robots.outOfOrder()) {
            return CallFailures.of(robots.answer(), clock);
        }
        if (!robots.allows(start)) {
            return Outcome.skipped("robots.txt does not allow " + start.display());
        }
        politeness.await(start, politeness.delay(start, robots.delay()));
        OutboundResponse landing = client.send(OutboundRequest.get(start).ports(AllowedPorts.WEB));
        if (landing.status() < 200 || landing.status() >= 300) {
            return CallFailures.of(landing, clock);
        }
        if (!landing.url().sameOrigin(start)) {
            // The site lives elsewhere (https, www): its rules there count.
            robots = RobotsFile.fetch(client, landing.url());
        }
        Crawl.Visit visit = new Crawl(client, politeness, landing.url(), task.maxPages(), robots, context).run();
        if (context.cancelled()) {
            return Outcome.cancelled("cancelled after " + visit.pages().size() + " pages");
        }
        return store(task, context, visit);
    }

    private static Outcome store(WebsiteAnalysis task, TaskContext context, Crawl.Visit visit) throws Exception {
        List<Finding> findings = Findings.of(visit);
        Websites.Site site = new Websites.Site(
                context.tenant(), task.url(), task.kind(), context.runId().toString());
        return context.transaction(HOLD, connection -> {
            Websites.Compared compared = Websites.store(connection, site, visit, findings);
            AnalysisResult result = AnalysisResult.of(task.url(), task.kind(), visit, compared);
            return visit.stopped()
                    ? Outcome.partial(result, "the site asked to stop after " + result.pages() + " pages")
                    : Outcome.success(result);
        });
    }
}
