package dev.leasehold.type.web;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Applies the rules to a visit. */
final class Findings {

    private static final int LONGEST_TITLE = 60;
    private static final int LONGEST_DESCRIPTION = 160;
    private static final int HEAVY_BYTES = 1_000_000;
    private static final int SLOW_MILLIS = 3000;
    private static final int FEW_WORDS = 30;
    private static final int SAME_WITHIN_BITS = 12;
    private static final int ENOUGH_TO_COMPARE = 60;
    private static final int MOST_COMPARED = 300;

    private final Crawl.Visit visit;
    private final List<Finding> found = new ArrayList<>();

    private Findings(Crawl.Visit visit) {
        this.visit = visit;
    }

    static List<Finding> of(Crawl.Visit visit) {
        Findings findings = new Findings(visit);
        Set<String> linked = findings.links();
        for (Page page : visit.pages().values()) {
            findings.answer(page, linked);
            if (page.content() != null && page.succeeded()) {
                findings.head(page, page.content());
                findings.body(page, page.content());
            }
        }
        findings.titles();
        findings.nearlySame();
        for (String fault : visit.sitemapFaults()) {
            findings.add(Rule.SITEMAP_FAULT, "", fault);
        }
        return List.copyOf(findings.found);
    }

    private void add(Rule rule, String page, String evidence) {
        found.add(Finding.of(rule, page, evidence));
    }

    /** Looks at each page's links; answers all that are linked from anywhere. */
    private Set<String> links() {
        Set<String> linked = new LinkedHashSet<>();
        for (Page page : visit.pages().values()) {
            if (page.content() == null) {
                continue;
            }
            for (String link : page.content().links()) {
                linked.add(link);
                Page target = visit.pages().get(link);
                Integer status = target == null ? visit.otherLinks().get(link) : Integer.valueOf(target.status());
                if (status != null && (status == 0 || status == 404 || status == 410 || status >= 500)) {
                    String answer = status == 0 ? "does not answer" : "answers " + status;
                    add(Rule.LINK_BROKEN, page.url(), link + " " + answer);
                }
                if (target != null && target.redirects().size() > 1) {
                    add(Rule.REDIRECT_CHAIN, page.url(), link + " > " + String.join(" > ", target.redirects()));
                }
            }
        }
        return linked;
    }

    private void answer(Page page, Set<String> linked) {
        if (page.status() == 0) {
            add(Rule.PAGE_UNREACHABLE, page.url(), String.valueOf(page.failure()));
        } else if (page.status() >= 500) {
            add(Rule.PAGE_SERVER_ERROR, page.url(), "answers " + page.status());
        } else if (page.status() >= 400) {
            add(Rule.PAGE_BROKEN, page.url(), "answers " + page.status());
        }
        String noindex = page.noindexSource();
        boolean listed = visit.listed().contains(page.url());
        if (noindex != null && (listed || linked.contains(page.url()))) {
            add(Rule.NOINDEX_LISTED, page.url(), noindex + (listed ? "; the sitemap lists it" : "; pages link to it"));
        }
        if (page.bytes() > HEAVY_BYTES && page.redirects().isEmpty()) {
            add(Rule.PAGE_HEAVY, page.url(), page.bytes() / 1000 + " kB of HTML");
        }
        if (page.millis() > SLOW_MILLIS) {
            add(Rule.PAGE_SLOW, page.url(), "took more than " + SLOW_MILLIS + " ms");
        }
    }

    private void head(Page page, Page.Content content) {
        if (content.title() == null) {
            add(Rule.TITLE_MISSING, page.url(), "no title");
        } else if (content.title().length() > LONGEST_TITLE) {
            add(Rule.TITLE_LONG, page.url(), content.title());
        }
        if (content.description() == null) {
            add(Rule.DESCRIPTION_MISSING, page.url(), "no meta description");
        } else if (content.description().length() > LONGEST_DESCRIPTION) {
            add(Rule.DESCRIPTION_LONG, page.url(), content.description());
        }
        if (content.canonical() != null && !content.canonical().equals(page.url())) {
            add(Rule.CANONICAL_ELSEWHERE, page.url(), content.canonical());
        }
        if (content.viewport() == null) {
            add(Rule.VIEWPORT_MISSING, page.url(), "no viewport");
        }
        if (content.language() == null) {
            add(Rule.LANGUAGE_MISSING, page.url(), "no lang attribute");
        }
    }

    private void body(Page page, Page.Content content) {
        if (content.needsJavaScript()) {
            add(Rule.NEEDS_JAVASCRIPT, page.url(), content.words() + " words without scripts");
            return;
        }
        int first = content.headings().get(0);
        if (first == 0) {
            add(Rule.HEADING_MISSING, page.url(), "no h1");
        } else if (first > 1) {
            add(Rule.HEADING_SEVERAL, page.url(), String.join(" | ", content.firstHeadings()));
        }
        for (String image : content.imagesWithoutText()) {
            add(Rule.IMAGE_TEXT_MISSING, page.url(), image);
        }
        if (content.words() < FEW_WORDS) {
            add(Rule.TEXT_THIN, page.url(), content.words() + " words");
        }
        for (String resource : content.insecureResources()) {
            add(Rule.MIXED_CONTENT, page.url(), resource);
        }
    }

    private void titles() {
        Map<String, String> firstWith = new HashMap<>();
        for (Page page : visit.pages().values()) {
            if (page.content() == null || page.content().title() == null || !page.succeeded()) {
                continue;
            }
            String first = firstWith.putIfAbsent(page.content().title(), page.url());
            if (first != null) {
                add(Rule.TITLE_TWICE, page.url(), "'" + page.content().title() + "' is the title of " + first);
            }
        }
    }

    /** Compares each page with those before it: quadratic, hence capped. */
    private void nearlySame() {
        List<Page> seen = new ArrayList<>();
        for (Page page : visit.pages().values()) {
            if (page.content() == null || !page.succeeded() || page.content().words() < ENOUGH_TO_COMPARE) {
                continue;
            }
            for (Page other : seen) {
                if (close(page.content(), other.content())) {
                    add(Rule.NEARLY_SAME, page.url(), "nearly the same text as " + other.url());
                    break;
                }
            }
            if (seen.size() < MOST_COMPARED) {
                seen.add(page);
            }
        }
    }

    private static boolean close(Page.Content one, Page.@Nullable Content other) {
        return other != null && Long.bitCount(one.similarity() ^ other.similarity()) <= SAME_WITHIN_BITS;
    }
}
