package dev.leasehold.type.web;

import dev.leasehold.type.web.Finding.Severity;
import java.util.Locale;

/** What is looked for. Names become the ids in results, which users filter by: rename none. */
enum Rule {
    PAGE_UNREACHABLE(Severity.ERROR, "Make the server answer, or remove what leads here."),
    PAGE_BROKEN(Severity.ERROR, "Restore the page, redirect it, or take it out of the sitemap and the links."),
    PAGE_SERVER_ERROR(Severity.ERROR, "Look into the server's log for this address."),
    LINK_BROKEN(Severity.ERROR, "Correct or remove the link."),
    TITLE_MISSING(Severity.ERROR, "Give the page a title element of 10 to 60 characters."),
    TITLE_LONG(Severity.INFO, "Shorten the title to 60 characters; search engines cut it there."),
    TITLE_TWICE(Severity.WARNING, "Give each page a title of its own."),
    DESCRIPTION_MISSING(Severity.WARNING, "Add a meta description of 50 to 160 characters."),
    DESCRIPTION_LONG(Severity.INFO, "Shorten the description to 160 characters."),
    HEADING_MISSING(Severity.WARNING, "Add one h1 that says what the page is about."),
    HEADING_SEVERAL(Severity.INFO, "Keep one h1 and make the others h2."),
    CANONICAL_ELSEWHERE(Severity.INFO, "Check that the other address is the one to be found."),
    NOINDEX_LISTED(Severity.WARNING, "Remove noindex, or take the page out of sitemap and links."),
    REDIRECT_CHAIN(Severity.WARNING, "Link to the last address, or redirect to it in one step."),
    PAGE_HEAVY(Severity.WARNING, "Split the page, or send less of it at once."),
    PAGE_SLOW(Severity.WARNING, "Find out what the server does for three seconds."),
    VIEWPORT_MISSING(Severity.WARNING, "Add a viewport meta tag, or phones show the page tiny."),
    LANGUAGE_MISSING(Severity.WARNING, "Set the lang attribute of html, for screen readers and translators."),
    IMAGE_TEXT_MISSING(Severity.WARNING, "Give each image an alt text; an empty one where it only decorates."),
    TEXT_THIN(Severity.INFO, "Say more, or merge the page with another."),
    NEEDS_JAVASCRIPT(Severity.WARNING, "Render the text on the server, at least for visitors without scripts."),
    NEARLY_SAME(Severity.INFO, "Merge the pages, or name one as canonical."),
    MIXED_CONTENT(Severity.ERROR, "Load everything over https."),
    SITEMAP_FAULT(Severity.WARNING, "Serve a valid sitemap and name it in robots.txt.");

    private final Severity severity;
    private final String howToFix;

    Rule(Severity severity, String howToFix) {
        this.severity = severity;
        this.howToFix = howToFix;
    }

    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Severity severity() {
        return severity;
    }

    String howToFix() {
        return howToFix;
    }
}
