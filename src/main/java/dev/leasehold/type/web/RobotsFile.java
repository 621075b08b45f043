package dev.leasehold.type.web;

import crawlercommons.robots.BaseRobotRules;
import crawlercommons.robots.SimpleRobotRules;
import crawlercommons.robots.SimpleRobotRules.RobotRulesMode;
import crawlercommons.robots.SimpleRobotRulesParser;
import dev.leasehold.outbound.AllowedPorts;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.TargetUrl;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What a site lets crawlers do. No file means everything, a site that cannot answer means nothing. */
record RobotsFile(SimpleRobotRules rules, OutboundResponse answer) {

    /** Names under which a site may address us. */
    private static final Set<String> NAMES = Set.of("leasehold");

    private static final int LARGEST = 512 * 1024;
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

    static RobotsFile fetch(OutboundClient client, TargetUrl site) throws InterruptedException {
        TargetUrl url = site.resolve("/robots.txt");
        OutboundResponse answer =
                client.send(OutboundRequest.get(url).ports(AllowedPorts.WEB).truncatedAt(LARGEST));
        if (answer.status() >= 200 && answer.status() < 300) {
            byte[] file = answer.body();
            return new RobotsFile(
                    new SimpleRobotRulesParser().parseContent(url.toString(), file, "text/plain", NAMES), answer);
        }
        boolean none = answer.status() >= 400 && answer.status() < 500 && answer.status() != 429;
        return new RobotsFile(
                new SimpleRobotRules(none ? RobotRulesMode.ALLOW_ALL : RobotRulesMode.ALLOW_NONE), answer);
    }

    /** Whether the site is out of order, rather than closed. */
    boolean outOfOrder() {
        return answer.status() >= 500 || answer.status() == 429;
    }

    boolean allows(TargetUrl url) {
        return rules.isAllowed(url.toString());
    }

    /** The distance between requests that the site asks for. */
    Duration delay() {
        long asked = rules.getCrawlDelay();
        if (asked == BaseRobotRules.UNSET_CRAWL_DELAY || asked < 0) {
            return Duration.ZERO;
        }
        Duration delay = Duration.ofMillis(asked);
        return delay.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : delay;
    }

    List<String> sitemaps() {
        return rules.getSitemaps();
    }
}
