package dev.leasehold.type.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.type.web.Changes.Change;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an analysis found, as the run's result carries it.
 *
 * @param pages visited
 * @param complete whether everything that is linked or listed was visited
 * @param bySeverity counts of findings, all of them
 * @param newFindings those that were not there the last time
 * @param fixedFindings those of the last time that are gone
 * @param findings the gravest first, at most 300
 * @param changes of pages since the last time, at most 200; none on the first visit
 */
@JsonNaming(SnakeCaseStrategy.class)
record AnalysisResult(
        String url,
        WebsiteAnalysis.Kind kind,
        int pages,
        boolean complete,
        long bytes,
        int disallowed,
        boolean firstVisit,
        Map<String, Long> bySeverity,
        int newFindings,
        int fixedFindings,
        List<Finding> findings,
        List<Change> changes) {

    private static final int MOST_FINDINGS = 300;
    private static final int MOST_CHANGES = 200;

    static AnalysisResult of(String url, WebsiteAnalysis.Kind kind, Crawl.Visit visit, Websites.Compared compared) {
        Map<String, Long> bySeverity = new TreeMap<>();
        for (Finding.Severity severity : Finding.Severity.values()) {
            bySeverity.put(
                    severity.name().toLowerCase(Locale.ROOT),
                    compared.findings().stream()
                            .filter(finding -> finding.severity() == severity)
                            .count());
        }
        return new AnalysisResult(
                url,
                kind,
                visit.pages().size(),
                visit.complete(),
                visit.pages().values().stream().mapToLong(Page::bytes).sum(),
                visit.disallowed().size(),
                compared.first(),
                bySeverity,
                compared.added(),
                compared.fixed(),
                compared.findings().stream()
                        .sorted(Comparator.comparing(Finding::severity)
                                .thenComparing(Finding::page)
                                .thenComparing(Finding::rule))
                        .limit(MOST_FINDINGS)
                        .toList(),
                compared.changes().stream().limit(MOST_CHANGES).toList());
    }
}
