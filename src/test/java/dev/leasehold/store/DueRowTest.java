package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.fences;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.sql.Connection;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever of a row is not as most have it reaches the task that is made of it, alone as well as with all the rest. */
class DueRowTest {

    private static StoreFixture store;
    private static Connection connection;

    @BeforeAll
    static void open() throws Exception {
        store = new StoreFixture();
        connection = store.connect();
    }

    @AfterAll
    static void close() throws Exception {
        connection.close();
    }

    @BeforeEach
    void empty() throws Exception {
        store.database.execute("TRUNCATE leasehold.task");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    run_due_at = '2026-01-02 03:04:05.678901+00' | runDueAt            | 2026-01-02T03:04:05.678901Z
                    lease_attempts = 2                           | leaseAttempts       | 2
                    limit_attempts = 3                           | limitAttempts       | 3
                    crashes = 1                                  | crashes             | 1
                    consecutive_failures = 4                     | consecutiveFailures | 4
                    queue = 'slow'                               | queue               | slow
                    key = 'k'                                    | key                 | k
                    concurrency_key = 'c'                        | concurrencyKey      | c
                    schedule = '{"kind": "once"}'                | schedule            | {"kind": "once"}
                    retry = '{"factor": 2}'                      | retry               | {"factor": 2}
                    timeout_ms = 0                               | timeoutMillis       | 0
                    run_no = 5                                   | runNo               | 5
                    attempt = 6                                  | attempt             | 6
                    version = 7                                  | version             | 7
                    priority = 0                                 | priority            | 0
                    tenant = 'acme'                              | tenant              | acme
                    type = 'u'                                   | type                | u
                    due_at = '2026-01-02 03:04:05.678901+00'     | dueAt               | 2026-01-02T03:04:05.678901Z
                    payload = '{"n": 1}'                         | payload             | {"n": 1}
                    """)
    void readsWhatOneColumnHasAlone(String assignment, String component, String value) throws Exception {
        insert(connection, task("t"));
        Map<String, @Nullable Object> expected = components(due(connection).get(0));

        store.database.execute("UPDATE leasehold.task SET " + assignment);

        Map<String, @Nullable Object> read = components(due(connection).get(0));
        assertThat(String.valueOf(read.remove(component))).isEqualTo(value);
        assertThat(String.valueOf(expected.remove(component))).isNotEqualTo(value);
        assertThat(read).isEqualTo(expected);
    }

    @Test
    void readsARowOfWhichNothingIsAsMostHaveIt() throws Exception {
        long id = insert(connection, task("t"));
        store.database.execute("""
                UPDATE leasehold.task
                SET run_due_at = '2026-01-01Z', lease_attempts = 1, limit_attempts = 2, crashes = 3, consecutive_failures = 4,
                    queue = 'slow', key = 'k', concurrency_key = 'c', schedule = '{"kind": "once"}', retry = '{"factor": 2}',
                    timeout_ms = 5, run_no = 6, attempt = 7, version = 8, priority = 1, tenant = 'acme', type = 'u',
                    due_at = '2026-01-02Z', payload = '{"n": 1}'
                """);

        DueTask read = due(connection).get(0);

        assertThat(read)
                .isEqualTo(new DueTask(
                        id,
                        read.lane(),
                        1,
                        Instant.parse("2026-01-02T00:00:00Z"),
                        Instant.parse("2026-01-01T00:00:00Z"),
                        8,
                        6,
                        7,
                        1,
                        2,
                        3,
                        4,
                        "acme",
                        "u",
                        "slow",
                        "k",
                        "c",
                        "{\"n\": 1}",
                        "{\"kind\": \"once\"}",
                        "{\"factor\": 2}",
                        5L));
        assertThat(read.lane()).isEqualTo((int) (id % StoreFixture.LANES));
        assertThat(DueTasks.byIds(
                        connection, StoreFixture.NODE, fences(connection), List.of(id), Set.of("u"), Set.of()))
                .containsExactly(read);
    }

    private static Map<String, @Nullable Object> components(DueTask task) throws ReflectiveOperationException {
        Map<String, @Nullable Object> components = new LinkedHashMap<>();
        for (RecordComponent each : DueTask.class.getRecordComponents()) {
            components.put(each.getName(), each.getAccessor().invoke(task));
        }
        return components;
    }
}
