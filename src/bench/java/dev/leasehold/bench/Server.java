package dev.leasehold.bench;

import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.embedded.DataFolder;
import dev.leasehold.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The one PostgreSQL that all systems share: the embedded server with the settings it has in service. */
final class Server implements AutoCloseable {

    private static final String SHOWN = """
            SELECT name, setting || coalesce(' ' || unit, '')
            FROM pg_settings
            WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers',
                           'min_wal_size', 'max_wal_size', 'max_connections', 'autovacuum_naptime', 'client_connection_check_interval')
            ORDER BY name
            """;

    private static final Duration STOP_FAST = Duration.ofSeconds(20);
    private static final Duration STOP_IMMEDIATE = Duration.ofSeconds(5);

    private final DataFolder folder;
    private final EmbeddedPostgres postgres;
    private final String base;
    private final String superuserPassword;
    private int databases;

    private Server(DataFolder folder, EmbeddedPostgres postgres, String base, String superuserPassword) {
        this.folder = folder;
        this.postgres = postgres;
        this.base = base;
        this.superuserPassword = superuserPassword;
    }

    static Server start(Path data) throws IOException {
        DataFolder folder = DataFolder.take(data);
        EmbeddedPostgres postgres = new EmbeddedPostgres(folder);
        DatabaseSettings own = postgres.start();
        String base = own.url().substring(0, own.url().lastIndexOf('/') + 1);
        String password =
                Files.readString(data.resolve("postgres/superuser.secret")).trim();
        // A benchmark that is broken off must not leave a server behind.
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> postgres.stop(STOP_FAST, STOP_IMMEDIATE), "stop-postgres"));
        return new Server(folder, postgres, base, password);
    }

    /** An empty database with an owner of its own; what another run left under its name is dropped. */
    BenchDatabase freshDatabase(String system) throws SQLException {
        databases++;
        String name = "bench_" + system.replace('-', '_') + "_" + databases;
        try (Connection admin = superuser("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            dropDatabasesOf(name, statement);
            statement.execute("DROP ROLE IF EXISTS " + name);
            statement.execute("CREATE ROLE " + name + " LOGIN PASSWORD '" + name + "'");
            statement.execute("CREATE DATABASE " + name + " OWNER " + name);
            // Equal ground: each page is written as a whole once after a checkpoint, so all start right after one.
            statement.execute("CHECKPOINT");
        }
        return new BenchDatabase(base + name, name, name, name);
    }

    /** Copies that a broken-off run left. */
    private static void dropDatabasesOf(String owner, Statement statement) throws SQLException {
        List<String> left = new ArrayList<>();
        try (ResultSet rows =
                statement.executeQuery("SELECT datname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba"
                        + " WHERE rolname = '" + owner + "'")) {
            while (rows.next()) {
                left.add(rows.getString(1));
            }
        }
        for (String database : left) {
            statement.execute("DROP DATABASE " + database + " WITH (FORCE)");
        }
    }

    /** One more of what this one holds; nobody may be connected to it. */
    BenchDatabase copy(BenchDatabase of) throws SQLException {
        databases++;
        String name = of.owner() + "_copy_" + databases;
        try (Connection admin = superuser("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            statement.execute("CREATE DATABASE " + name + " OWNER " + of.owner() + " TEMPLATE " + of.name()
                    + " STRATEGY file_copy");
            statement.execute("CHECKPOINT");
        }
        return new BenchDatabase(base + name, name, of.owner(), of.password());
    }

    /** The role goes with the database that was made with it. */
    void drop(BenchDatabase database) throws SQLException {
        try (Connection admin = superuser("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + database.name() + " WITH (FORCE)");
            // Copies are left when a scenario failed.
            if (database.name().equals(database.owner())) {
                dropDatabasesOf(database.owner(), statement);
                statement.execute("DROP ROLE IF EXISTS " + database.owner());
            }
        }
    }

    /** For looking on; no system under test ever gets it. */
    Connection superuser(String database) throws SQLException {
        return DriverManager.getConnection(base + database, "postgres", superuserPassword);
    }

    /** Connections refused so far because there were too many (SQLSTATE 53300), as the server's log has them. */
    int refusals() throws IOException {
        try (Stream<String> lines = Files.lines(postgres.log())) {
            return (int) lines.filter(line -> line.contains("FATAL:")
                            && (line.contains("too many clients") || line.contains("connection slots are reserved")))
                    .count();
        }
    }

    Map<String, String> settings() throws SQLException {
        Map<String, String> settings = new LinkedHashMap<>();
        try (Connection connection = superuser("postgres");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(SHOWN)) {
            while (rows.next()) {
                settings.put(rows.getString(1), rows.getString(2));
            }
        }
        return settings;
    }

    @Override
    public void close() {
        postgres.stop(STOP_FAST, STOP_IMMEDIATE);
        folder.close();
    }
}
