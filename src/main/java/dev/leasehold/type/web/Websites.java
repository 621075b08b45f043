package dev.leasehold.type.web;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.type.web.Changes.Change;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is stored of sites. All of one analysis is written in the transaction that completes its run. */
final class Websites {

    /** Which site, and by which run it was visited. */
    record Site(String tenant, String url, WebsiteAnalysis.Kind kind, String run) {}

    /**
     * What came of comparing a visit with the one before.
     *
     * @param findings with the times since which they stand
     * @param fixed findings of before that are gone
     * @param first whether there was none before
     */
    record Compared(List<Finding> findings, List<Change> changes, int added, int fixed, boolean first) {}

    private static final int KEPT_ANALYSES = 200;

    private Websites() {}

    private static final String UPSERT_SITE = """
            INSERT INTO leasehold.website (tenant, url, kind)
            VALUES (?, ?, ?)
            ON CONFLICT (tenant, url, kind) DO UPDATE SET analysed_at = now()
            RETURNING id, xmax = 0 AS added
            """;

    /** Stores a visit and its findings. */
    static Compared store(Connection connection, Site site, Crawl.Visit visit, List<Finding> findings)
            throws SQLException {
        long id;
        boolean first;
        try (PreparedStatement statement = connection.prepareStatement(UPSERT_SITE)) {
            statement.setString(1, site.tenant());
            statement.setString(2, site.url());
            statement.setString(3, site.kind().name().toLowerCase(Locale.ROOT));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                id = row.getLong("id");
                first = row.getBoolean("added");
            }
        }
        Map<String, JsonNode> now = WebsiteJson.trees(visit.pages());
        List<Change> changes = first ? List.of() : Changes.between(pages(connection, id), now, visit.complete());
        storePages(connection, id, now, visit.complete());
        int[] added = new int[1];
        List<Finding> dated = storeFindings(connection, id, findings, added);
        int fixed = markFixed(connection, id, visit);
        storeAnalysis(connection, id, site.run(), visit, findings.size(), changes);
        return new Compared(dated, changes, added[0], fixed, first);
    }

    private static final String READ_PAGES = """
            SELECT url, report
            FROM leasehold.website_page
            WHERE website_id = ?
            """;

    private static Map<String, JsonNode> pages(Connection connection, long id) throws SQLException {
        Map<String, JsonNode> pages = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(READ_PAGES)) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    pages.put(row.getString("url"), WebsiteJson.tree(row.getString("report")));
                }
            }
        }
        return pages;
    }

    private static final String UPSERT_PAGES = """
            INSERT INTO leasehold.website_page (website_id, url, report)
            SELECT ?, page.key, page.value
            FROM jsonb_each(?::jsonb) AS page
            ON CONFLICT (website_id, url) DO UPDATE SET report = EXCLUDED.report, last_seen = now()
            """;

    private static final String DELETE_GONE_PAGES = """
            DELETE FROM leasehold.website_page
            WHERE website_id = ?
              AND last_seen < now()
            """;

    private static void storePages(Connection connection, long id, Map<String, JsonNode> pages, boolean complete)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UPSERT_PAGES)) {
            statement.setLong(1, id);
            statement.setString(2, WebsiteJson.text(pages));
            statement.executeUpdate();
        }
        if (complete) {
            try (PreparedStatement statement = connection.prepareStatement(DELETE_GONE_PAGES)) {
                statement.setLong(1, id);
                statement.executeUpdate();
            }
        }
    }

    // A finding that comes back after it was fixed is a new one.
    private static final String UPSERT_FINDINGS = """
            INSERT INTO leasehold.website_finding AS known (website_id, identity, rule, severity, page, evidence)
            SELECT DISTINCT ON (md5(seen.identity))
                   ?, md5(seen.identity), seen.rule, seen.severity, seen.page, seen.evidence
            FROM jsonb_to_recordset(?::jsonb)
                     AS seen (identity text, rule text, severity text, page text, evidence text)
            ON CONFLICT (website_id, identity) DO UPDATE
            SET last_seen = now(),
                first_seen = CASE WHEN known.fixed_at IS NULL THEN known.first_seen ELSE now() END,
                fixed_at = NULL
            RETURNING rule, page, evidence, first_seen, first_seen = now() AS added
            """;

    private static List<Finding> storeFindings(Connection connection, long id, List<Finding> findings, int[] added)
            throws SQLException {
        List<Map<String, @Nullable String>> rows = new ArrayList<>();
        for (Finding finding : findings) {
            Map<String, @Nullable String> row = new HashMap<>();
            row.put("identity", finding.identity());
            row.put("rule", finding.rule());
            row.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
            row.put("page", finding.page());
            row.put("evidence", finding.evidence());
            rows.add(row);
        }
        Map<String, Instant> since = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(UPSERT_FINDINGS)) {
            statement.setLong(1, id);
            statement.setString(2, WebsiteJson.text(rows));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String identity =
                            row.getString("rule") + '\n' + row.getString("page") + '\n' + row.getString("evidence");
                    since.put(
                            identity,
                            row.getObject("first_seen", OffsetDateTime.class).toInstant());
                    added[0] += row.getBoolean("added") ? 1 : 0;
                }
            }
        }
        return findings.stream()
                .map(finding -> {
                    Instant first = since.get(finding.identity());
                    return first == null ? finding : finding.since(first);
                })
                .toList();
    }

    // What was not looked at this time is not fixed.
    private static final String MARK_FIXED = """
            UPDATE leasehold.website_finding
            SET fixed_at = now()
            WHERE website_id = ?
              AND fixed_at IS NULL
              AND last_seen < now()
              AND (? OR page = ANY (?))
            """;

    private static int markFixed(Connection connection, long id, Crawl.Visit visit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MARK_FIXED)) {
            statement.setLong(1, id);
            statement.setBoolean(2, visit.complete());
            statement.setArray(
                    3, connection.createArrayOf("text", visit.pages().keySet().toArray()));
            return statement.executeUpdate();
        }
    }

    private static final String UPSERT_ANALYSIS = """
            INSERT INTO leasehold.website_analysis (website_id, run, complete, pages, findings, changes)
            VALUES (?, ?, ?, ?, ?, ?::jsonb)
            ON CONFLICT (website_id, run) DO UPDATE
            SET analysed_at = now(),
                complete = EXCLUDED.complete,
                pages = EXCLUDED.pages,
                findings = EXCLUDED.findings,
                changes = EXCLUDED.changes
            """;

    private static final String PRUNE_ANALYSES = """
            DELETE FROM leasehold.website_analysis
            WHERE website_id = ?
              AND run IN (
                  SELECT run
                  FROM leasehold.website_analysis
                  WHERE website_id = ?
                  ORDER BY analysed_at DESC
                  OFFSET ?
              )
            """;

    private static void storeAnalysis(
            Connection connection, long id, String run, Crawl.Visit visit, int findings, List<Change> changes)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UPSERT_ANALYSIS)) {
            statement.setLong(1, id);
            statement.setString(2, run);
            statement.setBoolean(3, visit.complete());
            statement.setInt(4, visit.pages().size());
            statement.setInt(5, findings);
            statement.setString(6, WebsiteJson.text(changes));
            statement.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement(PRUNE_ANALYSES)) {
            statement.setLong(1, id);
            statement.setLong(2, id);
            statement.setInt(3, KEPT_ANALYSES);
            statement.executeUpdate();
        }
    }
}
