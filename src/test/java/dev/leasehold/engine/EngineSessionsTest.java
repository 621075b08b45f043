package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.store.Migrations;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.testing.TestPostgres;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the engine sets in the sessions of its most frequent statements. */
class EngineSessionsTest {

    /** A policy is asked for each row that is read or deleted. */
    private static final String WATCH = """
            CREATE TABLE seen (query text, settings text);
            CREATE FUNCTION watch() RETURNS boolean LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO seen VALUES (substr(current_query(), 1, 20),
                                             current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan'));
                    RETURN true;
                END $$;
            ALTER TABLE leasehold.task ENABLE ROW LEVEL SECURITY;
            ALTER TABLE leasehold.task FORCE ROW LEVEL SECURITY;
            CREATE POLICY watched ON leasehold.task USING (watch()) WITH CHECK (true);
            """;

    @Test
    void plansReadsAndFlushesOnceAndByIndexes() throws Exception {
        TestPostgres.Database database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        database.execute(WATCH);
        try (EngineFixture node = EngineFixture.on(database, "", List.of(TestHandlers.echo()))) {
            node.awaitReady()
                    .engine()
                    .create(List.of(TaskSpec.of("echo", new Text("a"))))
                    .toCompletableFuture()
                    .join();

            await().until(() -> node.count("SELECT count(*) FROM leasehold.run") == 1);

            for (String statement : List.of("WITH asked", "WITH fence")) {
                assertThat(node.count("SELECT count(*) FROM seen WHERE query LIKE '" + statement
                                + "%' AND settings = 'force_generic_plan off'"))
                        .as(statement)
                        .isPositive();
                assertThat(node.count("SELECT count(*) FROM seen WHERE query LIKE '" + statement
                                + "%' AND settings <> 'force_generic_plan off'"))
                        .as(statement)
                        .isZero();
            }
        }
    }
}
