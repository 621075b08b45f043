package dev.leasehold.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The server's configuration files, written anew before each start so that they fit this version of Leasehold. */
final class ServerConfiguration {

    static final int MAX_CONNECTIONS = 100;

    /** Where an owner of the data folder may set more; looked at by the server only, and after our own. */
    static final String CUSTOM = "custom.conf";

    private ServerConfiguration() {}

    static void write(Path data, int port) throws IOException {
        Files.writeString(data.resolve("postgresql.conf"), """
                # Written by Leasehold at each start. Settings of your own belong in custom.conf beside this file.
                listen_addresses = '127.0.0.1'
                port = %d
                unix_socket_directories = ''
                max_connections = %d
                shared_buffers = 128MB
                password_encryption = scram-sha-256

                # What was committed stays, also after a loss of power; the start checks these.
                fsync = on
                synchronous_commit = on
                full_page_writes = on

                # Leasehold's tables see many short-lived rows.
                autovacuum_naptime = 10s
                # A client that is gone frees its backend within a second.
                client_connection_check_interval = 1s
                max_wal_size = 1GB
                log_checkpoints = off
                log_connections = ''
                log_line_prefix = '%%m [%%p] '
                log_timezone = 'UTC'
                timezone = 'UTC'
                datestyle = 'iso, ymd'
                lc_messages = 'C'
                include_if_exists = '%s'
                """.formatted(port, MAX_CONNECTIONS, CUSTOM));
        Files.writeString(data.resolve("pg_hba.conf"), """
                # Written by Leasehold at each start: this machine only, never without a password.
                host all all 127.0.0.1/32 scram-sha-256
                """);
    }
}
