package dev.leasehold.type.web;

import dev.leasehold.outbound.AllowedPorts;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.OutboundResponse.Hop;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.TaskContext;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One visit of one site: pages in the order in which links lead to them, then those that only the sitemap knows, one
 * request after the other. Stops early when the site says that it is too much.
 */
final class Crawl {

    private static final int MOST_CHECKED_LINKS = 100;

    /**
     * How the visit went.
     *
     * @param otherLinks status of links that were only checked, 0 for no answer
     * @param disallowed what robots.txt keeps us from
     * @param listed what the sitemap lists
     * @param complete whether everything that is linked or listed was visited
     * @param stopped whether the site asked us to stop
     */
    record Visit(
            Map<String, Page> pages,
            Map<String, Integer> otherLinks,
            Set<String> disallowed,
            Set<String> listed,
            List<String> sitemapFaults,
            boolean complete,
            boolean stopped) {}

    private final OutboundClient client;
    private final Politeness politeness;
    private final TargetUrl start;
    private final int maxPages;
    private final TaskContext context;
    private final RobotsFile robots;
    private final Duration delay;

    private final Map<String, Page> pages = new LinkedHashMap<>();
    private final Map<String, Integer> otherLinks = new LinkedHashMap<>();
    private final Set<String> disallowed = new LinkedHashSet<>();
    private final Deque<TargetUrl> todo = new ArrayDeque<>();
    private final Set<String> seen = new HashSet<>();
    private boolean stopped;

    Crawl(
            OutboundClient client,
            Politeness politeness,
            TargetUrl start,
            int maxPages,
            RobotsFile robots,
            TaskContext context) {
        this.client = client;
        this.politeness = politeness;
        this.start = start;
        this.maxPages = maxPages;
        this.robots = robots;
        this.context = context;
        this.delay = politeness.delay(start, robots.delay());
    }

    Visit run() throws InterruptedException {
        Sitemaps sitemaps = new Sitemaps(client, politeness, start, delay);
        sitemaps.read(robots.sitemaps());
        add(start);
        visit();
        sitemaps.pages().forEach(this::addText);
        visit();
        boolean complete = todo.isEmpty() && !stopped;
        if (!stopped) {
            checkOtherLinks();
        }
        return new Visit(pages, otherLinks, disallowed, sitemaps.pages(), sitemaps.faults(), complete, stopped);
    }

    private void addText(String url) {
        try {
            add(TargetUrl.parse(url));
        } catch (IllegalArgumentException e) {
            // a sitemap may hold anything
        }
    }

    private void add(TargetUrl url) {
        if (!url.sameOrigin(start) || !seen.add(url.toString())) {
            return;
        }
        if (robots.allows(url)) {
            todo.add(url);
        } else {
            disallowed.add(url.toString());
        }
    }

    private void visit() throws InterruptedException {
        while (!todo.isEmpty() && pages.size() < maxPages && !stopped && !context.cancelled()) {
            TargetUrl url = todo.removeFirst();
            politeness.await(url, delay);
            Page page = fetch(url);
            pages.put(page.url(), page);
            context.progress(Math.min(99, pages.size() * 100 / maxPages), pages.size() + " pages");
            stopped = page.status() == 429 || page.status() == 503;
            if (page.content() != null) {
                page.content().links().forEach(this::addText);
            }
        }
    }

    private Page fetch(TargetUrl url) throws InterruptedException {
        try {
            OutboundResponse answer = client.send(OutboundRequest.get(url)
                    .headers(Map.of("Accept", "text/html,application/xhtml+xml"))
                    .ports(AllowedPorts.WEB));
            List<String> redirects = new ArrayList<>();
            answer.hops().stream().skip(1).map(Hop::url).forEach(redirects::add);
            boolean moved = !answer.hops().isEmpty();
            if (moved) {
                // What is there is another page, which is visited under its own name.
                redirects.add(answer.url().toString());
                add(answer.url());
            }
            return new Page(
                    url.toString(),
                    answer.url().toString(),
                    redirects,
                    answer.status(),
                    null,
                    answer.body().length,
                    answer.elapsed().toMillis(),
                    answer.header("X-Robots-Tag").orElse(null),
                    !moved && PageReader.isHtml(answer) ? PageReader.read(answer) : null);
        } catch (OutboundException e) {
            return new Page(
                    url.toString(), url.toString(), List.of(), 0, String.valueOf(e.getMessage()), 0, 0, null, null);
        }
    }

    /** Links that were not visited, to other sites or beyond the page limit: only whether they lead somewhere. */
    private void checkOtherLinks() throws InterruptedException {
        Set<String> links = new LinkedHashSet<>();
        for (Page page : pages.values()) {
            if (page.content() != null) {
                links.addAll(page.content().links());
            }
        }
        links.removeAll(pages.keySet());
        links.removeAll(disallowed);
        for (String link : links) {
            if (otherLinks.size() == MOST_CHECKED_LINKS || context.cancelled()) {
                return;
            }
            TargetUrl url = TargetUrl.parse(link);
            politeness.await(url, politeness.delay(url, Duration.ZERO));
            check(url);
        }
    }

    private void check(TargetUrl url) throws InterruptedException {
        OutboundRequest request = OutboundRequest.get(url).ports(AllowedPorts.WEB);
        try {
            int status = client.send(request.method("HEAD")).status();
            if (status == 405 || status == 501) {
                status = client.send(request.truncatedAt(1)).status();
            }
            otherLinks.put(url.toString(), status);
        } catch (OutboundException e) {
            // A target that we may not reach says nothing about the link.
            if (e.kind() != OutboundException.Kind.REFUSED_TARGET) {
                otherLinks.put(url.toString(), 0);
            }
        }
    }
}
