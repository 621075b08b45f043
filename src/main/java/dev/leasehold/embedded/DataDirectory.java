package dev.leasehold.embedded;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/**
 * The server's data directory. It is made beside its place and moved there when complete: a start that was cut off
 * leaves nothing that looks like data. Each attempt has a folder of its own, since a killed node may leave an initdb
 * behind that writes on for a moment.
 */
final class DataDirectory {

    private static final String MAJOR_VERSION = "18";
    private static final String MAKING = "making-";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path data;
    private final Programs programs;

    DataDirectory(Path data, Programs programs) {
        this.data = data;
        this.programs = programs;
    }

    /** Makes it, unless it is there. */
    void make(Path binaries, ServerUser user, String superuserPassword) throws IOException {
        Path version = data.resolve("PG_VERSION");
        if (Files.exists(version)) {
            String found = Files.readString(version).trim();
            if (!found.equals(MAJOR_VERSION)) {
                throw new EmbeddedPostgresException(data + " holds data of PostgreSQL " + found + ", but this is "
                        + MAJOR_VERSION + "; export them with the Leasehold that wrote them, and import them here");
            }
            return;
        }
        if (Files.exists(data)) {
            throw new EmbeddedPostgresException(data + " is there but holds no PostgreSQL data (no file PG_VERSION); "
                    + "bring its content back, or move it away to begin with an empty database");
        }
        Path making = Files.createTempDirectory(data.getParent(), MAKING);
        Path half = making.resolve("data");
        Files.createDirectory(half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path password = making.resolve("password");
        SecretFile.write(password, superuserPassword);
        user.own(making);
        Programs.Result result = programs.run(
                user.command(
                        binaries.resolve("bin/initdb").toString(),
                        "--pgdata=" + half,
                        "--username=" + Provisioning.SUPERUSER,
                        "--pwfile=" + password,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--data-checksums",
                        "--no-instructions"),
                LIMIT);
        if (!result.succeeded()) {
            throw new EmbeddedPostgresException(
                    "the embedded PostgreSQL could not make its data directory: " + result.output());
        }
        Files.move(half, data, StandardCopyOption.ATOMIC_MOVE);
        removeRemains();
    }

    /** Of this start and of earlier ones that were cut off. */
    private void removeRemains() throws IOException {
        try (DirectoryStream<Path> remains = Files.newDirectoryStream(data.getParent(), MAKING + "*")) {
            for (Path remain : remains) {
                Folders.delete(remain);
            }
        }
    }
}
