package dev.leasehold.embedded;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** The server's configuration files, written anew before each start so that they fit this version of Leasehold. */
final class ServerConfiguration {

    static final int MAX_CONNECTIONS = 100;

    /** Where an owner of the data folder may set more; looked at by the server only, and after our own. */
    static final String CUSTOM = "custom.conf";

    private static final long BUFFERS_MIN = 128;
    private static final long BUFFERS_MAX = 512;

    private ServerConfiguration() {}

    /**
     * An eighth of the memory: the server shares the machine with this JVM and with whatever else is there. With less than a
     * burst's tables need, sessions write out pages of others to have room for their own.
     *
     * @param memory of the machine, in bytes
     * @return in MB, from 128, PostgreSQL's own default, to 512
     */
    static long sharedBuffers(long memory) {
        return Math.max(BUFFERS_MIN, Math.min(BUFFERS_MAX, (memory >> 20) / 8));
    }

    /** Of the machine, or of the container where that has less; in bytes. */
    private static long memory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    static void write(Path data, int port) throws IOException {
        Files.writeString(
                data.resolve("postgresql.conf"), """
                # Written by Leasehold at each start. Settings of your own belong in custom.conf beside this file.
                listen_addresses = '127.0.0.1'
                port = %d
                unix_socket_directories = ''
                max_connections = %d
                shared_buffers = %dMB
                password_encryption = scram-sha-256

                # What was committed stays, also after a loss of power; the start checks these.
                fsync = on
                synchronous_commit = on
                full_page_writes = on

                # Leasehold's tables see many short-lived rows.
                autovacuum_naptime = 10s
                # A client that is gone frees its backend within a second.
                client_connection_check_interval = 1s
                # A burst writes into files of the log that are there: to make one of 16 MB holds up all who commit.
                min_wal_size = 512MB
                max_wal_size = 1GB
                log_checkpoints = off
                log_connections = ''
                log_line_prefix = '%%m [%%p] '
                log_timezone = 'UTC'
                timezone = 'UTC'
                datestyle = 'iso, ymd'
                lc_messages = 'C'
                include_if_exists = '%s'
                """.formatted(port, MAX_CONNECTIONS, sharedBuffers(memory()), CUSTOM));
        Files.writeString(data.resolve("pg_hba.conf"), """
                # Written by Leasehold at each start: this machine only, never without a password.
                host all all 127.0.0.1/32 scram-sha-256
                """);
    }
}
