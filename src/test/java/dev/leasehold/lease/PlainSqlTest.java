package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.lease.PlainSql.Verdict;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a text can leave in its session; anything doubtful must count as something. */
@Tag("H38")
class PlainSqlTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "select count(*), max(t.\"Name\") from public.t where a = ? and b in (?, ?) -- set x",
                "/* SET a /* nested */ */ SELECT now()",
                "SELECT pg_sleep(0.001)",
                "SELECT pg_catalog.lower('SET search_path = x; LISTEN y')",
                "SELECT 'it''s; SET x = 1'",
                "WITH due AS (SELECT id FROM task FOR UPDATE SKIP LOCKED) DELETE FROM task USING due WHERE task.id = due.id",
                "UPDATE invoice SET reminded = true WHERE id = $1",
                "SELECT x.a FROM unnest(?::int[]) AS x (a)",
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT",
                "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; RELEASE a",
                "SHOW search_path",
                "TABLE t",
                "VALUES (1, 2)",
                "(SELECT 1) UNION ALL (SELECT 2)",
                "SELECT pg_advisory_xact_lock(?)",
                "SELECT pg_notify('a', 'b')",
                ";;",
                ""
            })
    void letsPass(String sql) {
        assertThat(PlainSql.of(sql)).isEqualTo(Verdict.PLAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO note (text) VALUES (?)",
                "INSERT INTO leasehold.\"Note\"(text) SELECT lower(a) FROM b RETURNING id",
                "MERGE INTO t USING s ON t.a = s.a WHEN NOT MATCHED THEN INSERT VALUES (s.a)",
                "UPDATE t SET id = DEFAULT",
                "WITH n AS (INSERT INTO t VALUES (1)) SELECT 1",
                "SELECT nextval('s')",
                "SELECT pg_catalog.nextval('s'), lower(a) FROM b",
                "SELECT leasehold.lane_of(nextval('s'), NULL, 32)"
            })
    void knowsWhatDrawsNumbers(String sql) {
        assertThat(PlainSql.of(sql)).isEqualTo(Verdict.DRAWING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET search_path = x",
                "/**/sEt search_path = x",
                "-- SELECT\nSET search_path = x",
                "-- SELECT\rSET search_path = x",
                "SELECT 1; SET ROLE x",
                "SELECT 1 /* /* */ ; SELECT 1 */ ; RESET ALL",
                "LISTEN a",
                "UNLISTEN *",
                "PREPARE a AS SELECT 1",
                "EXECUTE a",
                "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
                "FETCH c",
                "COPY t FROM STDIN",
                "LOAD 'x'",
                "EXPLAIN ANALYZE SELECT set_config('a.b', '1', false)",
                "DISCARD PLANS",
                "SELECT set_config('search_path', 'x', false)",
                "SELECT \"set_config\"('search_path', 'x', false)",
                "SELECT pg_catalog . set_config ('search_path', 'x', false)",
                "SELECT pg_catalog/**/./**/set_config/* */('search_path', 'x', false)",
                "SELECT pg_advisory_lock(1)",
                "SELECT pg_try_advisory_lock_shared(1)",
                "SELECT * FROM pg_advisory_lock(1)",
                "SELECT mine.lower('a')",
                "SELECT a.b.lower('a')",
                "SELECT unknown('a')",
                "SELECT leasehold.enqueue('a', '{}')",
                "SELECT other.lane_of(1, NULL, 32)",
                "SELECT lane_of(1, NULL, 32)",
                "SELECT lastval()",
                "SELECT setseed(0.5)",
                "SELECT query_to_xml('SELECT set_config(1)', true, true, '')",
                "SELECT * INTO TEMP t FROM a",
                "SELECT * INTO t FROM a",
                "WITH x AS (SELECT 1) SELECT * INTO t FROM x",
                "UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'",
                "UPDATE \"pg_settings\" SET setting = 'x'",
                "UPDATE pg_catalog.pg_settings SET setting = 'x'",
                "INSERT INTO t VALUES (set_config('a', 'b', false))",
                "COMMIT PREPARED 'a'",
                "SELECT U&\"set\\005fconfig\"('search_path', 'x', false)",
                "SELECT 'a\\'",
                "SELECT {fn now()}",
                "SELECT u&\"set!005fconfig\" UESCAPE '!' ('search_path', 'x', false)"
            })
    void stopsAtWhatTheSessionKeeps(String sql) {
        assertThat(PlainSql.of(sql)).isGreaterThanOrEqualTo(Verdict.SESSION);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TEMP TABLE t (a int)",
                "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT 1 $$",
                "DO $$ BEGIN PERFORM set_config('a.b', '1', false); END $$",
                "DO 'BEGIN END'",
                "CALL p()",
                "ALTER TABLE t ENABLE TRIGGER a",
                "SELECT 1; CREATE VIEW v AS SELECT 1",
                "SELECT $a$ ' $a$; CREATE VIEW v AS SELECT 1",
                "'select'",
                "{call p()}",
                "\"select\" 1",
                "SELECT 'unfinished; DROP TABLE t",
                "/* unfinished"
            })
    void knowsWhatMayChangeTheMeaningOfOthers(String sql) {
        assertThat(PlainSql.of(sql)).isEqualTo(Verdict.SCHEMA);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT\u00a0set_config('a', 'b', false)", "SELECT set_config\u2003('a', 'b', false)"})
    void takesNoOtherBlanksThanTheServer(String sql) {
        assertThat(PlainSql.of(sql)).isGreaterThanOrEqualTo(Verdict.SESSION);
    }
}
