package dev.leasehold.type.web;

import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.MissingTasks;
import dev.leasehold.task.TaskSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Analysed sites for which there is no task any more: not live, not cancelled, and not done as far as the history goes back.
 * One's own are looked at each 30 days, competitors each 10.
 */
public final class UnwatchedSites implements MissingTasks {

    private static final int PAGES = 50;

    private static final String FIND = """
            SELECT w.tenant, w.url, w.kind
            FROM leasehold.website w
            WHERE NOT EXISTS (
                      SELECT FROM leasehold.task t
                      WHERE t.tenant = w.tenant AND t.type = ? AND t.payload ->> 'url' = w.url
                        AND coalesce(t.payload ->> 'kind', 'own') = w.kind
                  )
              AND NOT EXISTS (
                      SELECT FROM leasehold.run r
                      WHERE r.tenant = w.tenant AND r.type = ? AND coalesce(r.payload, r.snapshot -> 'payload') ->> 'url' = w.url
                        AND coalesce(coalesce(r.payload, r.snapshot -> 'payload') ->> 'kind', 'own') = w.kind
                  )
            ORDER BY w.tenant, w.url, w.kind
            """;

    @Override
    public String name() {
        return "websites";
    }

    @Override
    public List<TaskSpec> missing(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, WebsiteAnalysisHandler.NAME);
            statement.setString(2, WebsiteAnalysisHandler.NAME);
            List<TaskSpec> missing = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    missing.add(task(row.getString("tenant"), row.getString("url"), row.getString("kind")));
                }
            }
            return missing;
        }
    }

    private static TaskSpec task(String tenant, String url, String kind) {
        WebsiteAnalysis.Kind known = WebsiteAnalysis.Kind.valueOf(kind.toUpperCase(Locale.ROOT));
        Duration interval = Duration.ofDays(known == WebsiteAnalysis.Kind.OWN ? 30 : 10);
        return TaskSpec.of(WebsiteAnalysisHandler.NAME, new WebsiteAnalysis(url, PAGES, known))
                .tenant(tenant)
                .key(kind + " " + url)
                .schedule(Schedule.fixedDelay(interval));
    }
}
