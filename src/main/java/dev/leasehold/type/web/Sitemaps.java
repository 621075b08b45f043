package dev.leasehold.type.web;

import crawlercommons.sitemaps.AbstractSiteMap;
import crawlercommons.sitemaps.SiteMap;
import crawlercommons.sitemaps.SiteMapIndex;
import crawlercommons.sitemaps.SiteMapParser;
import crawlercommons.sitemaps.UnknownFormatException;
import dev.leasehold.outbound.AllowedPorts;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.TargetUrl;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The addresses that a site lists of itself. Files that are missing, broken or elsewhere become remarks. */
final class Sitemaps {

    private static final int MOST_FILES = 10;
    private static final int MOST_ENTRIES = 5000;

    private final OutboundClient client;
    private final Politeness politeness;
    private final TargetUrl site;
    private final Duration delay;

    private final Set<String> pages = new LinkedHashSet<>();
    private final List<String> faults = new ArrayList<>();

    Sitemaps(OutboundClient client, Politeness politeness, TargetUrl site, Duration delay) {
        this.client = client;
        this.politeness = politeness;
        this.site = site;
        this.delay = delay;
    }

    /** Reads these files, or the usual one where there are none. */
    void read(List<String> files) throws InterruptedException {
        Deque<String> todo = new ArrayDeque<>(files);
        Set<String> seen = new LinkedHashSet<>();
        if (todo.isEmpty()) {
            todo.add(site.resolve("/sitemap.xml").toString());
        }
        while (!todo.isEmpty() && seen.size() < MOST_FILES) {
            String file = todo.removeFirst();
            if (seen.add(file)) {
                read(file, todo);
            }
        }
    }

    private void read(String file, Deque<String> todo) throws InterruptedException {
        try {
            TargetUrl url = TargetUrl.parse(file);
            if (!url.sameOrigin(site)) {
                faults.add(file + " is on another site");
                return;
            }
            politeness.await(url, delay);
            OutboundResponse answer = client.send(OutboundRequest.get(url).ports(AllowedPorts.WEB));
            if (answer.status() != 200) {
                faults.add(file + " answers " + answer.status());
                return;
            }
            AbstractSiteMap found = new SiteMapParser(false)
                    .parseSiteMap(answer.body(), URI.create(file).toURL());
            if (found instanceof SiteMapIndex index) {
                index.getSitemaps().forEach(map -> todo.add(map.getUrl().toString()));
            } else if (found instanceof SiteMap map) {
                map.getSiteMapUrls().stream()
                        .limit(MOST_ENTRIES - (long) pages.size())
                        .forEach(entry -> pages.add(entry.getUrl().toString()));
            }
        } catch (UnknownFormatException | IOException e) {
            faults.add(file + " is no sitemap");
        } catch (OutboundException | IllegalArgumentException e) {
            faults.add(file + " cannot be fetched");
        }
    }

    Set<String> pages() {
        return pages;
    }

    List<String> faults() {
        return faults;
    }
}
