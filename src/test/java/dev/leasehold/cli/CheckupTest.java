package dev.leasehold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.config.StartMode;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Partitions;
import dev.leasehold.testing.TestPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of a place where a node could run. */
class CheckupTest {

    private final TestPostgres.Database database = TestPostgres.freshDatabase();
    private final StringWriter said = new StringWriter();

    @TempDir
    private Path folder;

    private Checkup checkup(Clock clock, Map<String, String> environment, boolean repair) {
        Config config = new ConfigLoader(StartMode.PRODUCTION, environment, Map.of(), Optional.empty()).load();
        Checkup checkup = new Checkup(new PrintWriter(said, true), clock);
        NodeSettings settings = NodeSettings.from(config);
        checkup.settings(config, settings);
        checkup.dataFolder(settings.dataDir());
        checkup.database(config, settings, repair);
        return checkup;
    }

    private Map<String, String> environment() {
        return Map.of(
                "LEASEHOLD_DATABASE_URL", database.url(),
                "LEASEHOLD_DATABASE_USER", database.user(),
                "LEASEHOLD_DATABASE_PASSWORD", database.password(),
                "LEASEHOLD_DATA_DIR", folder.resolve("data").toString());
    }

    private void migrate() throws Exception {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect()) {
            Lanes.ensure(connection, 4);
            Partitions.ensure(connection, 7);
        }
    }

    @Test
    void findsNothingWrongWithADatabaseThatIsStillEmpty() {
        Checkup checkup = checkup(Clock.systemUTC(), environment(), false);

        assertThat(checkup.faults()).as(said.toString()).isZero();
        assertThat(said.toString())
                .contains("ok     database " + database.url(), "no node has started", "can be made")
                .contains("one node holds up to 32 connections")
                .doesNotContain(database.password() + "@");
    }

    @Test
    void namesWhatIsWrongWithTheRowsAndRepairsItWhenAsked() throws Exception {
        migrate();
        database.execute("DELETE FROM leasehold.lane WHERE no = 2");

        Checkup looked = checkup(Clock.systemUTC(), environment(), false);
        String found = said.toString();
        Checkup repaired = checkup(Clock.systemUTC(), environment(), true);
        Checkup after = checkup(Clock.systemUTC(), environment(), false);

        assertThat(looked.faults()).isEqualTo(1);
        assertThat(found).contains("FAULT  lane_missing, lane/2", "--repair");
        assertThat(repaired.faults()).as(said.toString()).isZero();
        assertThat(said.toString()).contains("repaired lane_missing, lane/2", "ok     the rows are as they must be");
        assertThat(after.faults()).isZero();
    }

    @Test
    void namesASchemaThatIsNotThisVersions() throws Exception {
        migrate();
        database.execute("UPDATE leasehold.schema_version SET checksum = 1 WHERE version = '1'");

        assertThat(checkup(Clock.systemUTC(), environment(), false).faults()).isEqualTo(1);
        assertThat(said.toString()).contains("FAULT  schema: ");
    }

    @Test
    void notesThatTheClocksDiffer() {
        Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(5));

        assertThat(checkup(ahead, environment(), false).faults()).isZero();
        assertThat(said.toString()).containsPattern("note   clocks of this machine and the database are (299|300|301)");
    }

    @Test
    void saysThatTheDatabaseIsOutOfReachWithoutThePassword() {
        Checkup checkup = checkup(
                Clock.systemUTC(),
                Map.of("LEASEHOLD_DATABASE_URL", "jdbc:postgresql://anna:sesame@127.0.0.1:1/x"),
                false);

        assertThat(checkup.faults()).isEqualTo(1);
        assertThat(said.toString()).contains("FAULT  database ", "refused").doesNotContain("sesame");
    }

    @Test
    void namesADataFolderThatCannotBe() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "no folder");

        Checkup checkup = checkup(
                Clock.systemUTC(),
                Map.of("LEASEHOLD_DATA_DIR", file.resolve("data").toString()),
                false);

        assertThat(checkup.faults()).isEqualTo(1);
        assertThat(said.toString()).contains("FAULT  data folder " + file);
    }
}
