package dev.leasehold.store;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The plans of the statements that a piece of work sends: of each the generic one, which a statement that is used again and
 * again may get, and the one for the very values, carried out (and taken back), with the rows and pages that it touched.
 */
final class Plans {

    private Plans() {}

    /** One statement and one of its plans. */
    record Plan(String sql, String kind, JsonNode root) {

        /** Each node of the plan. */
        void each(Consumer<JsonNode> look) {
            each(root.path("Plan"), look);
        }

        private static void each(JsonNode node, Consumer<JsonNode> look) {
            look.accept(node);
            node.path("Plans").forEach(below -> each(below, look));
        }

        /** Tables that are read from end to end. */
        List<String> readWhole() {
            List<String> tables = new ArrayList<>();
            each(node -> {
                if (node.path("Node Type").asText().equals("Seq Scan")) {
                    tables.add(node.path("Relation Name").asText());
                }
            });
            return tables;
        }

        /** Names of indexes, and {@code ctid} where rows are reached by their places. */
        List<String> indexes() {
            List<String> names = new ArrayList<>();
            each(node -> {
                if (node.path("Node Type").asText().equals("Tid Scan")) {
                    names.add("ctid");
                }
                if (node.has("Index Name")) {
                    names.add(node.path("Index Name").asText());
                }
            });
            return names;
        }

        /** Rows that it took into its hands, those it threw away included. */
        long rowsTouched() {
            long[] rows = {0};
            each(node -> {
                if (node.has("Relation Name") && node.path("Node Type").asText().contains("Scan")) {
                    double each = node.path("Actual Rows").asDouble()
                            + node.path("Rows Removed by Filter").asDouble()
                            + node.path("Rows Removed by Index Recheck").asDouble();
                    rows[0] += Math.round(each * node.path("Actual Loops").asDouble());
                }
            });
            return rows[0];
        }

        long pagesTouched() {
            JsonNode top = root.path("Plan");
            return top.path("Shared Hit Blocks").asLong()
                    + top.path("Shared Read Blocks").asLong();
        }
    }

    /** Work of the store. */
    @FunctionalInterface
    interface Work {
        void on(Connection connection) throws SQLException;
    }

    /** Does the work in a transaction that is taken back, and answers the plans of its statements. */
    static List<Plan> of(Connection connection, Work work) throws SQLException {
        connection.setAutoCommit(false);
        List<Plan> plans = new ArrayList<>();
        try {
            work.on((Connection) Proxy.newProxyInstance(
                    Plans.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        Object result = call(connection, method, arguments);
                        return method.getName().equals("prepareStatement") && result instanceof PreparedStatement real
                                ? explaining(connection, real, String.valueOf(arguments[0]), plans)
                                : result;
                    }));
        } finally {
            connection.rollback();
        }
        return plans;
    }

    private static PreparedStatement explaining(
            Connection connection, PreparedStatement real, String sql, List<Plan> plans) {
        return (PreparedStatement) Proxy.newProxyInstance(
                Plans.class.getClassLoader(), new Class<?>[] {PreparedStatement.class}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith("execute")) {
                        // The driver writes the values into the text when it is asked for that.
                        plans.add(new Plan(
                                sql,
                                "for its values",
                                explain(connection, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON", real.toString())));
                        plans.add(new Plan(
                                sql, "generic", explain(connection, "GENERIC_PLAN, FORMAT JSON", numbered(sql))));
                    }
                    return call(real, method, arguments);
                });
    }

    private static Object call(Object on, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(on, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static JsonNode explain(Connection connection, String options, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SAVEPOINT explained");
            try (ResultSet row = statement.executeQuery("EXPLAIN (" + options + ") " + sql)) {
                row.next();
                return Json.tree(row.getString(1)).get(0);
            } finally {
                statement.execute("ROLLBACK TO explained");
            }
        }
    }

    /** With $1, $2 … for the places of values; none of our statements has a question mark in a text. */
    private static String numbered(String sql) {
        StringBuilder text = new StringBuilder();
        int places = 0;
        for (String line : sql.split("\n", -1)) {
            int comment = line.indexOf("--");
            for (char c : (comment < 0 ? line : line.substring(0, comment)).toCharArray()) {
                text.append(c == '?' ? "$" + ++places : String.valueOf(c));
            }
            text.append('\n');
        }
        return text.toString();
    }
}
