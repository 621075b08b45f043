package dev.leasehold.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.OperatingSystemMXBean;
import dev.leasehold.config.DatabaseSettings;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One data folder for all tests: each finds a stopped server in it and leaves one behind. */
class EmbeddedPostgresTest {

    private static final Duration FAST = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE = Duration.ofSeconds(5);

    @TempDir
    private static Path temporary;

    private DataFolder folder;
    private EmbeddedPostgres server;

    @BeforeEach
    void takeFolder() {
        folder = DataFolder.take(temporary.resolve("data"));
        server = new EmbeddedPostgres(folder);
    }

    @AfterEach
    void stop() throws Exception {
        server.stop(FAST, IMMEDIATE);
        Files.deleteIfExists(custom());
        folder.close();
    }

    @Test
    void runsPostgres18OnDurableSettingsWithAPlainRole() throws Exception {
        DatabaseSettings database = server.start();

        assertThat(show(database, "fsync")).isEqualTo("on");
        assertThat(show(database, "synchronous_commit")).isEqualTo("on");
        assertThat(show(database, "full_page_writes")).isEqualTo("on");
        assertThat(show(database, "data_checksums")).isEqualTo("on");
        assertThat(show(database, "max_connections")).isEqualTo("100");
        assertThat(show(database, "server_version")).startsWith("18.");
        assertThat(show(database, "server_encoding")).isEqualTo("UTF8");
        assertThat(show(database, "is_superuser")).isEqualTo("off");
        assertThat(show(database, "listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(query(database, "SELECT current_database() || ' ' || current_user"))
                .isEqualTo("leasehold leasehold");
        assertThat(
                        query(
                                database,
                                "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = current_user"))
                .isEqualTo("f");
    }

    @Test
    void takesAnEighthOfTheMemoryForBuffersWithinBounds() {
        long gigabyte = 1L << 30;

        assertThat(ServerConfiguration.sharedBuffers(gigabyte / 4)).isEqualTo(128);
        assertThat(ServerConfiguration.sharedBuffers(gigabyte)).isEqualTo(128);
        assertThat(ServerConfiguration.sharedBuffers(2 * gigabyte)).isEqualTo(256);
        assertThat(ServerConfiguration.sharedBuffers(4 * gigabyte)).isEqualTo(512);
        assertThat(ServerConfiguration.sharedBuffers(512 * gigabyte)).isEqualTo(512);
    }

    @Test
    void hasRoomForABurstInItsBuffersAndItsLog() throws Exception {
        DatabaseSettings database = server.start();

        String buffers = "SELECT setting::bigint * 8 / 1024 FROM pg_settings WHERE name = 'shared_buffers'";
        assertThat(Long.parseLong(query(database, buffers))).isEqualTo(ServerConfiguration.sharedBuffers(memory()));
        assertThat(show(database, "min_wal_size")).isEqualTo("512MB");
        assertThat(show(database, "max_wal_size")).isEqualTo("1GB");
    }

    private static long memory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    @Test
    void refusesAnyoneWithoutThePassword() {
        DatabaseSettings database = server.start();

        assertThatThrownBy(() -> DriverManager.getConnection(database.url(), database.user(), "wrong"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("password authentication failed");
        assertThatThrownBy(() -> DriverManager.getConnection(database.url(), "postgres", ""))
                .isInstanceOf(SQLException.class);
    }

    @Test
    void keepsPasswordsInFilesOfItsUserOnly() throws Exception {
        server.start();

        for (String secret : new String[] {"superuser.secret", "leasehold.secret", "server.log"}) {
            Path file = folder.path().resolve("postgres").resolve(secret);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
        assertThat(Files.readString(server.log()))
                .doesNotContain(Files.readString(folder.path().resolve("postgres/leasehold.secret")));
    }

    @Test
    void findsItsDataAgainOnTheSamePort() throws Exception {
        DatabaseSettings first = server.start();
        execute(first, "CREATE SCHEMA kept; CREATE TABLE kept.it AS SELECT 42 AS answer");
        server.stop(FAST, IMMEDIATE);
        assertThat(server.isAlive()).isFalse();

        server = new EmbeddedPostgres(folder);
        DatabaseSettings second = server.start();

        assertThat(second.url()).isEqualTo(first.url());
        assertThat(query(second, "SELECT answer FROM kept.it")).isEqualTo("42");
        execute(second, "DROP SCHEMA kept CASCADE");
    }

    @Test
    void stopsWithEverythingWrittenOutAlthoughASessionIsOpen() throws Exception {
        DatabaseSettings database = server.start();
        Connection open = connect(database);

        server.stop(FAST, IMMEDIATE);

        assertThat(server.isAlive()).isFalse();
        assertThat(Files.readString(server.log())).endsWith("database system is shut down\n");
        assertThatThrownBy(() -> open.createStatement().execute("SELECT 1")).isInstanceOf(SQLException.class);
    }

    @Test
    void noticesThatTheServerDied() {
        server.start();

        ProcessHandle process = server.process().orElseThrow();
        process.destroyForcibly();
        process.onExit().join();

        assertThat(server.isAlive()).isFalse();
    }

    @Test
    @Tag("long")
    void refusesToRunWithoutFsync() throws Exception {
        server.start();
        server.stop(FAST, IMMEDIATE);
        Files.writeString(custom(), "fsync = off\n");

        server = new EmbeddedPostgres(folder);

        assertThatThrownBy(server::start)
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining("fsync = off")
                .hasMessageContaining("custom.conf");
        assertThat(server.isAlive()).isFalse();
    }

    @Test
    @Tag("long")
    void saysWhatTheServerSaidWhenItDoesNotStart() throws Exception {
        server.start();
        server.stop(FAST, IMMEDIATE);
        Files.writeString(custom(), "work_mem = 'much'\n");

        server = new EmbeddedPostgres(folder);

        assertThatThrownBy(server::start)
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessageContaining("work_mem");
    }

    @Test
    @Tag("long")
    void leavesAnotherProgramAloneThatGotTheServersProcessId() throws Exception {
        server.start();
        server.stop(FAST, IMMEDIATE);
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(
                    folder.path().resolve("postgres/data/postmaster.pid"),
                    other.pid() + "\n" + folder.path().resolve("postgres/data") + "\n1\n5432\n\n\n\nready\n");

            server = new EmbeddedPostgres(folder);
            assertThat(server.isAlive()).isFalse();
            server.start();

            assertThat(server.isAlive()).isTrue();
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    @Tag("long")
    void unpacksAnewWhatIsNotComplete() throws Exception {
        server.start();
        server.stop(FAST, IMMEDIATE);
        Path binaries = binaries();
        Files.delete(binaries.resolve("share/postgresql/timezone/Europe/Berlin"));
        Files.writeString(binaries.resolve("bin/initdb"), "cut off");

        server = new EmbeddedPostgres(folder);
        server.start();

        assertThat(binaries().resolve("share/postgresql/timezone/Europe/Berlin"))
                .exists();
        assertThat(Files.size(binaries().resolve("bin/initdb"))).isGreaterThan(10_000);
    }

    @Test
    @Tag("long")
    void refusesDataOfAnotherVersion() throws Exception {
        server.start();
        server.stop(FAST, IMMEDIATE);
        Path version = folder.path().resolve("postgres/data/PG_VERSION");
        Files.writeString(version, "17\n");
        try {
            server = new EmbeddedPostgres(folder);

            assertThatThrownBy(server::start)
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("PostgreSQL 17");
        } finally {
            Files.writeString(version, "18\n");
        }
    }

    /** The session that provides for our role is ended by the stop, and says nothing of it but that it was ended. */
    @Test
    @Tag("long")
    void saysThatItWasStoppedWhenTheStopEndsItsOwnSession() throws Exception {
        server.start();
        server.stop(FAST, IMMEDIATE);
        Files.writeString(custom(), "post_auth_delay = 60\nlog_connections = 'all'\n");

        server = new EmbeddedPostgres(folder);
        CompletableFuture<DatabaseSettings> start = CompletableFuture.supplyAsync(server::start);
        await().until(() -> Files.readString(server.log()).contains("connection authenticated"));
        server.stop(Duration.ofMillis(500), IMMEDIATE); // the server sleeps through the wish for a clean end

        assertThatThrownBy(start::join)
                .cause()
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessage("stopped while starting")
                .hasStackTraceContaining("cannot prepare");
        assertThat(server.isAlive()).isFalse();
    }

    private Path custom() {
        return folder.path().resolve("postgres/data/custom.conf");
    }

    private Path binaries() throws Exception {
        try (var entries = Files.newDirectoryStream(folder.path().resolve("postgres"), "postgres-*")) {
            return entries.iterator().next();
        }
    }

    private static String show(DatabaseSettings database, String setting) throws SQLException {
        return query(database, "SHOW " + setting);
    }

    static String query(DatabaseSettings database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    static void execute(DatabaseSettings database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Connection connect(DatabaseSettings database) throws SQLException {
        return DriverManager.getConnection(database.url(), database.user(), database.password());
    }
}
