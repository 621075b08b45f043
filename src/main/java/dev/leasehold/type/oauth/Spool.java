package dev.leasehold.type.oauth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Where token answers wait while the database cannot be written: one encrypted file each, synced before the run goes on,
 * brought into the database by the next run that reaches it.
 */
final class Spool {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ENDING = ".answer";
    private static final int MOST_AT_ONCE = 100;

    private final Path folder;

    Spool(Path folder) {
        this.folder = folder;
    }

    /** Writes an answer to disk. The interrupt of a run that is being ended must not lose it: it is put off. */
    void write(TokenResults.Kept kept) {
        boolean interrupted = Thread.interrupted();
        try {
            Files.createDirectories(folder);
            byte[] json = JSON.writeValueAsBytes(JSON.createObjectNode()
                    .put("attempt", kept.attempt().toString())
                    .put("tenant", kept.tenant())
                    .put("connection", kept.connection())
                    .put("parent", kept.parentHash())
                    .put("answer", kept.answer()));
            Path half = folder.resolve(kept.attempt() + ".half");
            try (FileChannel channel = FileChannel.open(
                    half, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                channel.write(ByteBuffer.wrap(json));
                channel.force(true);
            }
            Files.move(half, folder.resolve(kept.attempt() + ENDING));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep a token answer of " + kept.connection() + " in " + folder, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Appends what waits to the database; the answers may be deleted once the transaction has committed. */
    List<Path> replay(Connection connection) throws SQLException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<Path> replayed = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(ENDING))
                    .sorted()
                    .limit(MOST_AT_ONCE)
                    .toList()) {
                TokenResults.append(connection, read(file));
                replayed.add(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder, e);
        }
        return replayed;
    }

    private static TokenResults.Kept read(Path file) throws IOException {
        JsonNode json = JSON.readTree(file.toFile());
        return new TokenResults.Kept(
                UUID.fromString(json.path("attempt").asText()),
                json.path("tenant").asText(),
                json.path("connection").asText(),
                json.path("parent").asText(),
                json.path("answer").binaryValue());
    }

    /** Deletes what has reached the database. */
    static void delete(List<Path> files) {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete " + file, e);
            }
        }
    }
}
