package dev.leasehold.type.web;

import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.TargetUrl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.jspecify.annotations.Nullable;

/** Reads what a page says from its bytes. Nesting, lengths and numbers are capped: the page may mean harm. */
final class PageReader {

    private static final int DEEPEST = 256;
    private static final int LONGEST_TEXT = 1000;
    private static final int MOST_LINKS = 2000;
    private static final int MOST_LISTED = 20;
    private static final int FEW_WORDS = 25;
    private static final Pattern CHARSET = Pattern.compile("(?i)charset=\"?([\\w.:-]+)");
    private static final String APPLICATION_ROOTS = "body > div[id]:empty, body > main:empty, #app:empty, #root:empty";
    private static final String INSECURE =
            "img[src^=http:], script[src^=http:], iframe[src^=http:]," + " link[rel=stylesheet][href^=http:]";

    private PageReader() {}

    static boolean isHtml(OutboundResponse answer) {
        String type = answer.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        return type.startsWith("text/html") || type.startsWith("application/xhtml+xml");
    }

    static Page.Content read(OutboundResponse answer) {
        Document document = parse(answer);
        PageText text = new PageText(visibleText(document.body()));
        List<Integer> headings = new ArrayList<>();
        for (int level = 1; level <= 6; level++) {
            headings.add(document.select("h" + level).size());
        }
        return new Page.Content(
                text(document.select("head > title").first()),
                meta(document, "description"),
                attribute(document.select("link[rel=canonical][href]").first(), "abs:href"),
                meta(document, "robots"),
                meta(document, "viewport"),
                attribute(document.select("html[lang]").first(), "lang"),
                document.select("h1").stream()
                        .limit(MOST_LISTED)
                        .map(heading -> cut(heading.text()))
                        .toList(),
                headings,
                document.select("img").size(),
                document.select("img:not([alt])").stream()
                        .limit(MOST_LISTED)
                        .map(image -> cut(image.attr("src")))
                        .toList(),
                links(document, answer.url()),
                text.count(),
                text.hash(),
                text.similarity(),
                needsJavaScript(document, text),
                insecure(document, answer.url()));
    }

    private static Document parse(OutboundResponse answer) {
        try {
            return Jsoup.parse(
                    new ByteArrayInputStream(answer.body()),
                    charset(answer),
                    answer.url().toString(),
                    Parser.htmlParser().setMaxDepth(DEEPEST));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    /** The charset of the header; null lets the parser look into the page. */
    private static @Nullable String charset(OutboundResponse answer) {
        Matcher named = CHARSET.matcher(answer.header("Content-Type").orElse(""));
        try {
            return named.find() && Charset.isSupported(named.group(1)) ? named.group(1) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The page's own text: what stands on every page (navigation, footer) would make all of them alike. */
    private static String visibleText(Element body) {
        Element copy = body.clone();
        copy.select("script, style, template, noscript, nav, footer, header").remove();
        return copy.text();
    }

    private static boolean needsJavaScript(Document document, PageText text) {
        return text.count() < FEW_WORDS
                && !document.select(APPLICATION_ROOTS).isEmpty()
                && !document.select("script").isEmpty();
    }

    private static List<String> links(Document document, TargetUrl base) {
        Set<String> links = new LinkedHashSet<>();
        for (Element link : document.select("a[href]")) {
            if (links.size() == MOST_LINKS) {
                break;
            }
            try {
                links.add(base.resolve(link.attr("href")).toString());
            } catch (IllegalArgumentException e) {
                // mailto:, javascript: and what is no URL lead nowhere that could be checked
            }
        }
        return List.copyOf(links);
    }

    private static List<String> insecure(Document document, TargetUrl url) {
        if (!url.scheme().equals("https")) {
            return List.of();
        }
        return document.select(INSECURE).stream()
                .limit(MOST_LISTED)
                .map(element -> cut(element.hasAttr("src") ? element.attr("src") : element.attr("href")))
                .toList();
    }

    private static @Nullable String meta(Document document, String name) {
        return attribute(document.select("meta[name=" + name + "][content]").first(), "content");
    }

    private static @Nullable String attribute(@Nullable Element element, String name) {
        return element == null || element.attr(name).isBlank()
                ? null
                : cut(element.attr(name).strip());
    }

    private static @Nullable String text(@Nullable Element element) {
        return element == null || element.text().isBlank()
                ? null
                : cut(element.text().strip());
    }

    /** Shortened, and without the zero characters that PostgreSQL does not store. */
    private static String cut(String text) {
        String clean = text.replace('\0', ' ');
        return clean.length() > LONGEST_TEXT ? clean.substring(0, LONGEST_TEXT) : clean;
    }
}
