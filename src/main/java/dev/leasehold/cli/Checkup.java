package dev.leasehold.cli;

import com.typesafe.config.Config;
import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.config.Endpoint;
import dev.leasehold.config.InvalidSettingException;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.config.SettingReader;
import dev.leasehold.engine.EngineSettings;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.LeaseSettings;
import dev.leasehold.lease.OneConnection;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import dev.leasehold.outbound.OutboundSettings;
import dev.leasehold.store.Examination;
import dev.leasehold.store.Invariants;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.ServerLimits;
import dev.leasehold.store.StoreException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** One look after the other, each a line: {@code ok}, {@code note} or {@code FAULT}. */
final class Checkup {

    private static final int OLDEST_JAVA = 17;
    private static final int OLDEST_SERVER = 14;
    private static final Duration CLOCKS_APART = Duration.ofSeconds(1);
    private static final String NODE = "leasehold-doctor";

    private final PrintWriter out;
    private final Clock clock;
    private int faults;

    Checkup(PrintWriter out, Clock clock) {
        this.out = out;
        this.clock = clock;
    }

    int faults() {
        return faults;
    }

    private void ok(String what) {
        out.println("ok     " + what);
    }

    private void note(String what) {
        out.println("note   " + what);
    }

    private void fault(String what) {
        faults++;
        out.println("FAULT  " + what);
    }

    void java(int feature) {
        if (feature >= OLDEST_JAVA) {
            ok("Java " + feature);
        } else {
            fault("Java " + feature + ": Leasehold needs " + OLDEST_JAVA + " or later");
        }
    }

    /** All blocks, as a node reads them at its start; the first wrong one ends the command. */
    void settings(Config config, NodeSettings settings) {
        SettingReader.checked(() -> LeaseSettings.from(config));
        SettingReader.checked(() -> EngineSettings.from(config));
        SettingReader.checked(() -> OutboundSettings.from(config));
        for (PoolName pool : PoolName.values()) {
            SettingReader.checked(() -> PoolSettings.from(config, pool));
        }
        ok("settings: " + settings);
    }

    void dataFolder(Path folder) {
        Path nearest = folder.toAbsolutePath().normalize();
        while (nearest != null && !Files.exists(nearest)) {
            nearest = nearest.getParent();
        }
        if (nearest != null && Files.isDirectory(nearest) && Files.isWritable(nearest)) {
            ok("data folder " + folder + (Files.exists(folder) ? "" : ": can be made"));
        } else {
            fault("data folder " + folder + ": " + nearest + " is no folder that this user may write to");
        }
    }

    /** A port in use is no fault: a node may be running here. */
    void ports(NodeSettings settings) {
        port("leasehold.http", settings.http());
        port("leasehold.remoting", settings.remoting());
    }

    private void port(String block, Endpoint endpoint) {
        try {
            endpoint.checkFree(block);
            ok(block + " " + endpoint + " is free");
        } catch (InvalidSettingException e) {
            note(block + " " + endpoint + " is in use, by a node that runs here or by another program");
        }
    }

    void database(Config config, NodeSettings settings, boolean repair) {
        if (settings.database().isEmpty()) {
            note("database: the embedded one, which runs with its node; ask that: GET /api/v1/doctor");
            return;
        }
        DatabaseSettings database = settings.database().get();
        DatabaseAddress address = new DatabaseAddress(database.url(), database.user(), database.password());
        Examination seen;
        try {
            seen = OneConnection.with(address, Examination::read);
        } catch (Exception e) {
            fault("database " + address + ": " + firstLine(e));
            return;
        }
        server(address, seen, config);
        if (!seen.migrated()) {
            note("no node has started on this database yet: its schema is empty");
            return;
        }
        schema(database);
        nodes(seen);
        rows(address, seen.findings(), repair);
    }

    private void server(DatabaseAddress address, Examination seen, Config config) {
        String named = "database " + address + ": PostgreSQL " + seen.version();
        if (seen.version() >= OLDEST_SERVER) {
            ok(named);
        } else {
            fault(named + ", Leasehold needs " + OLDEST_SERVER + " or later");
        }
        Duration apart = Duration.between(seen.now(), clock.instant()).abs();
        String clocks = "clocks of this machine and the database are " + apart.toMillis() + " ms apart";
        if (apart.compareTo(CLOCKS_APART) > 0) {
            note(clocks + "; due times are the database's, but tokens and log lines are not");
        } else {
            ok(clocks);
        }
        ServerLimits limits = seen.limits();
        if (limits.superuser()) {
            note("role " + limits.role() + " is a superuser: the server holds it to no limit of connections");
        } else if (!limits.hasRoleLimit()) {
            note("role " + limits.role()
                    + " has no CONNECTION LIMIT: nothing but the nodes themselves keeps the budget");
        }
        int node = PoolName.values().length;
        for (PoolName pool : PoolName.values()) {
            PoolSettings settings = PoolSettings.from(config, pool);
            node += settings.size() + settings.maxOverflow();
        }
        int room = limits.hasRoleLimit() ? Math.min(limits.roleLimit(), limits.usable()) : limits.usable();
        String maths = "one node holds up to " + node + " connections, the server gives this role " + room;
        if (node > room) {
            note(maths + ": the pools are scaled down");
        } else {
            ok(maths + ", enough for " + room / node + " nodes at their full size");
        }
    }

    private void schema(DatabaseSettings database) {
        try {
            Migrations.validatePlatform(database.url(), database.user(), database.password());
            ok("schema is this version's");
        } catch (StoreException e) {
            fault("schema: " + firstLine(e.getCause() == null ? e : e.getCause()));
        }
    }

    private void nodes(Examination seen) {
        if (seen.livingNodes() == 0) {
            note("no node is running on this database");
        } else if (seen.lanesWithoutOwner() == 0) {
            ok(seen.livingNodes() + " nodes are running, every lane has a living owner");
        } else {
            fault(seen.lanesWithoutOwner() + " lanes have no living owner, although " + seen.livingNodes()
                    + " nodes are running; a take-over lasts some seconds, look again");
        }
    }

    private void rows(DatabaseAddress address, List<Invariants.Finding> findings, boolean repair) {
        if (findings.isEmpty()) {
            ok("the rows are as they must be");
            return;
        }
        if (!repair) {
            findings.forEach(finding -> fault(text(finding)));
            note("--repair mends these; so does a running node within leasehold.engine.doctor-interval");
            return;
        }
        try {
            List<Invariants.Finding> repaired =
                    OneConnection.with(address, connection -> Invariants.repairNow(connection, NODE));
            repaired.forEach(finding -> note("repaired " + text(finding)));
            OneConnection.with(address, Invariants::look).forEach(finding -> fault(text(finding)));
        } catch (Exception e) {
            fault("not repaired: " + firstLine(e));
        }
    }

    private static String text(Invariants.Finding finding) {
        return finding.check().label() + ", " + finding.subject() + ": " + finding.message();
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).strip().lines().findFirst().orElse("");
    }
}
