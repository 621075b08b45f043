package dev.leasehold.type.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.testing.JdbcTaskContext;
import dev.leasehold.testing.TestPostgres;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlCallHandlerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SqlCallHandler HANDLER = new SqlCallHandler();

    private static TestPostgres.Database database;

    @BeforeAll
    static void makeTable() throws Exception {
        database = TestPostgres.freshDatabase();
        database.execute(
                "CREATE TABLE thing (id uuid PRIMARY KEY, made timestamptz, about jsonb, size numeric, on_sale boolean)");
    }

    private static Outcome run(String statement, @Nullable Object... parameters) throws Exception {
        String json = JSON.writeValueAsString(Map.of("statement", statement, "parameters", Arrays.asList(parameters)));
        return HANDLER.run(JSON.readValue(json, SqlCall.class), new JdbcTaskContext(database, 1, 1));
    }

    private static SqlResult result(Outcome outcome) {
        assertThat(outcome.kind()).as(String.valueOf(outcome.message())).isEqualTo(Kind.SUCCESS);
        return assertThat(outcome.result()).asInstanceOf(type(SqlResult.class)).actual();
    }

    @Test
    void bindsStringsAsWhateverStandsThere() throws Exception {
        Outcome inserted = run(
                "INSERT INTO thing VALUES (?, ?, ?, ?, ?)",
                "6f1f9ad5-8f3b-4f8e-a5a6-0a3f7f6b2d11",
                "2026-11-21T12:00:00Z",
                "{\"a\": 1}",
                new BigDecimal("1.50"),
                true);
        Outcome found = run(
                "SELECT id, about, size, on_sale, NULL::int AS nothing FROM thing WHERE id = ?",
                "6f1f9ad5-8f3b-4f8e-a5a6-0a3f7f6b2d11");

        assertThat(result(inserted).updateCount()).isEqualTo(1);
        assertThat(result(found).columns()).containsExactly("id", "about", "size", "on_sale", "nothing");
        assertThat(result(found).rows())
                .isEqualTo(List.of(Arrays.asList(
                        "6f1f9ad5-8f3b-4f8e-a5a6-0a3f7f6b2d11", "{\"a\": 1}", new BigDecimal("1.5"), true, null)));
    }

    @Test
    void boundsRowsAndValues() throws Exception {
        SqlResult rows = result(run("SELECT n FROM generate_series(1, 5000) AS n"));
        SqlResult value = result(run("SELECT repeat('x', 100000), 'NaN'::float8"));

        assertThat(rows.rows()).hasSize(1000);
        assertThat(rows.truncated()).isTrue();
        assertThat(value.rows()).isEqualTo(List.of(List.of("x".repeat(8192), "NaN")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELEC 1|CONFIG|false|42601",
                "SELECT * FROM nowhere|CONFIG|false|42P01",
                "SELECT 1/0|CONFIG|false|22012",
                "SELECT ?|CONFIG|false|22023",
                "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$|UNKNOWN|true|40001",
                "DO $$ BEGIN RAISE SQLSTATE '57P03'; END $$|NETWORK|true|57P03",
                "DO $$ BEGIN RAISE SQLSTATE '28000'; END $$|AUTH|true|28000"
            })
    void findsReasonInSqlState(String statement, Reason reason, boolean retryable, String state) throws Exception {
        Outcome outcome = run(statement);

        assertThat(outcome.reason()).isEqualTo(reason);
        assertThat(outcome.retryable()).isEqualTo(retryable);
        assertThat(outcome.message()).contains(state);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT",
                "  /* a /* b */ c */ -- d\n rollback",
                "BEGIN",
                "SET ROLE postgres",
                "SELECT 1; SELECT 2",
                "SELECT 1; COMMIT",
                "SELECT ';'; SELECT 2",
                "SELECT E'\\''; COMMIT; --'",
                "SELECT $a$;$a$; DELETE FROM thing",
                ""
            })
    void refusesSeveralStatementsAndThoseThatPartEffectFromCompletion(String statement) throws Exception {
        String json = JSON.writeValueAsString(Map.of("statement", statement));

        assertThatThrownBy(() -> JSON.readValue(json, SqlCall.class)).isInstanceOf(ValueInstantiationException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1;",
                "SELECT 1 ; -- done",
                "SELECT ';', \";\" FROM t",
                "SELECT 'it''s; fine'",
                "DO $x$ BEGIN NULL; END; $x$",
                "INSERT INTO t VALUES (1) /* ; */",
                "SELECT E'a\\';b'",
                "SELECT a$b$c FROM t"
            })
    void acceptsOneStatement(String statement) {
        assertThatCode(() -> OneStatement.check(statement)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"statement\":\"SELECT 1\",\"pool\":\"other\"}",
                "{\"statement\":\"SELECT ?\",\"parameters\":[[1]]}"
            })
    void refusesWrongPayloads(String json) {
        assertThatThrownBy(() -> JSON.readValue(json, SqlCall.class)).isInstanceOf(ValueInstantiationException.class);
    }
}
