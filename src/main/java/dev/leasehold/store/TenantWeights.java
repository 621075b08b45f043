package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The weights by which tenants share starts. */
public final class TenantWeights {

    private TenantWeights() {}

    /** The weight of one tenant. */
    public record Row(String tenant, int weight, Instant setAt, String setBy) {}

    private static final String SET = """
            INSERT INTO leasehold.tenant_weight AS w (tenant, weight, set_by) VALUES (?, ?, ?)
            ON CONFLICT (tenant) DO UPDATE
            SET weight = excluded.weight, set_by = excluded.set_by, set_at = clock_timestamp()
            WHERE w.weight <> excluded.weight
            """;

    /**
     * Sets a weight, in place of the one that there may be; all nodes hear of it at COMMIT.
     *
     * @return false when it was set so already
     */
    public static boolean set(Connection connection, String tenant, int weight, String by) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET)) {
            statement.setString(1, tenant);
            statement.setInt(2, weight);
            statement.setString(3, by);
            boolean changed = statement.executeUpdate() == 1;
            Queues.tell(connection);
            return changed;
        }
    }

    private static final String REMOVE = "DELETE FROM leasehold.tenant_weight WHERE tenant = ?";

    /** Back to weight 1; false when there was no other. */
    public static boolean remove(Connection connection, String tenant) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, tenant);
            boolean changed = statement.executeUpdate() == 1;
            Queues.tell(connection);
            return changed;
        }
    }

    private static final String LIST = """
            SELECT * FROM leasehold.tenant_weight
            WHERE ?::text IS NULL OR tenant = ?
            ORDER BY tenant
            """;

    /** All weights that are set, by tenant. */
    public static List<Row> list(Connection connection) throws SQLException {
        return list(connection, null);
    }

    /** The weight of one tenant; empty when none is set. */
    public static Optional<Row> get(Connection connection, String tenant) throws SQLException {
        return list(connection, tenant).stream().findFirst();
    }

    /** All weights that are set, as nodes use them. */
    public static Map<String, Integer> byTenant(Connection connection) throws SQLException {
        Map<String, Integer> weights = new HashMap<>();
        list(connection).forEach(row -> weights.put(row.tenant(), row.weight()));
        return weights;
    }

    private static List<Row> list(Connection connection, @Nullable String tenant) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST)) {
            statement.setString(1, tenant);
            statement.setString(2, tenant);
            List<Row> weights = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    weights.add(new Row(
                            row.getString("tenant"),
                            row.getInt("weight"),
                            Times.read(row, "set_at"),
                            row.getString("set_by")));
                }
            }
            return weights;
        }
    }
}
