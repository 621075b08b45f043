package dev.leasehold.type.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.PayloadField;

/**
 * Which site to analyse.
 *
 * @param url where the crawl begins; it stays on this scheme, host and port
 * @param maxPages 50 when absent
 * @param kind own when absent
 */
@JsonNaming(SnakeCaseStrategy.class)
public record WebsiteAnalysis(
        @PayloadField(value = "where the crawl begins", required = true)
        String url,

        @PayloadField("pages at most; 50 when absent") Integer maxPages,
        @PayloadField("own when absent, or competitor") Kind kind) {

    private static final int MOST_PAGES = 1000;

    /** Whose site it is. */
    public enum Kind {
        @JsonProperty("own")
        OWN,
        @JsonProperty("competitor")
        COMPETITOR
    }

    public WebsiteAnalysis {
        if (url == null || url.isBlank()) {
            throw new IllegalArgumentException("url is required");
        }
        try {
            TargetUrl.parse(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("url " + e.getMessage(), e);
        }
        maxPages = maxPages == null ? 50 : maxPages;
        if (maxPages < 1 || maxPages > MOST_PAGES) {
            throw new IllegalArgumentException("max_pages must be 1 to " + MOST_PAGES + ", not " + maxPages);
        }
        kind = kind == null ? Kind.OWN : kind;
    }
}
