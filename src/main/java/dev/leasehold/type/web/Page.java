package dev.leasehold.type.web;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of one page. Text in it was written by strangers: it is stored as it is and must be escaped where it is
 * shown.
 *
 * @param url as it was asked for, without a fragment
 * @param finalUrl after redirects
 * @param redirects addresses that it led to, in order; empty for none
 * @param status of the last answer; 0 when there was none
 * @param failure why there was none
 * @param bytes size of the unpacked body
 * @param millis from the request until the body was read
 * @param robotsHeader the header X-Robots-Tag
 * @param content null where the answer was no HTML page, or another page's by redirect
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Page(
        String url,
        String finalUrl,
        List<String> redirects,
        int status,
        @Nullable String failure,
        long bytes,
        long millis,
        @Nullable String robotsHeader,
        @Nullable Content content) {

    private static final Pattern NOINDEX = Pattern.compile("(^|[\\s,:])(noindex|none)($|[\\s,])");

    /**
     * What the HTML says.
     *
     * @param firstHeadings texts of the h1 headings
     * @param headings counts of h1 to h6
     * @param links inner and outer ones that a visitor can follow, absolute
     * @param textHash of the normalised text; changes when the text does
     * @param similarity a SimHash of the text: few different bits mean nearly the same text
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Content(
            @Nullable String title,
            @Nullable String description,
            @Nullable String canonical,
            @Nullable String robotsMeta,
            @Nullable String viewport,
            @Nullable String language,
            List<String> firstHeadings,
            List<Integer> headings,
            int images,
            List<String> imagesWithoutText,
            @JsonIgnore List<String> links,
            int words,
            String textHash,
            long similarity,
            boolean needsJavaScript,
            List<String> insecureResources) {}

    boolean succeeded() {
        return status >= 200 && status < 300;
    }

    /** Whether search engines are told to leave it out, by tag or by header. */
    boolean noindex() {
        return noindexSource() != null;
    }

    /** Where they are told so. */
    @Nullable
    String noindexSource() {
        if (robotsHeader != null && asksNoindex(robotsHeader)) {
            return "the header X-Robots-Tag: " + robotsHeader;
        }
        if (content != null && content.robotsMeta() != null && asksNoindex(content.robotsMeta())) {
            return "the tag robots: " + content.robotsMeta();
        }
        return null;
    }

    private static boolean asksNoindex(String rules) {
        return NOINDEX.matcher(rules.toLowerCase(Locale.ROOT)).find();
    }
}
