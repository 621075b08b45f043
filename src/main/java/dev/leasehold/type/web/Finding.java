package dev.leasehold.type.web;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that is wrong with a page or a site.
 *
 * @param evidence what was seen, so that a person can look for himself
 * @param since when it was first seen; null until it was stored
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Finding(
        String rule,
        Severity severity,
        String page,
        String evidence,
        String howToFix,
        @Nullable Instant since) {

    /** How much it matters. */
    enum Severity {
        @JsonProperty("error")
        ERROR,
        @JsonProperty("warning")
        WARNING,
        @JsonProperty("info")
        INFO
    }

    static Finding of(Rule rule, String page, String evidence) {
        String shown = evidence.length() > 500 ? evidence.substring(0, 500) : evidence;
        return new Finding(rule.id(), rule.severity(), page, shown, rule.howToFix(), null);
    }

    Finding since(Instant first) {
        return new Finding(rule, severity, page, evidence, howToFix, first);
    }

    /** What makes it the same finding the next time. */
    @JsonIgnore
    String identity() {
        return rule + '\n' + page + '\n' + evidence;
    }
}
