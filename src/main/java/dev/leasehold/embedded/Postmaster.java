package dev.leasehold.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a server wrote about itself into {@code postmaster.pid}.
 *
 * @param ready whether it accepts connections
 */
record Postmaster(long pid, String dataDirectory, int port, boolean ready) {

    private static final int PORT_LINE = 3;
    private static final int STATUS_LINE = 7;

    static Path file(Path data) {
        return data.resolve("postmaster.pid");
    }

    /** Empty when there is no file, or one that is only being written. */
    static Optional<Postmaster> read(Path data) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file(data));
        } catch (IOException e) {
            return Optional.empty();
        }
        if (lines.size() <= PORT_LINE || !lines.get(0).trim().matches("[0-9]{1,10}")) {
            return Optional.empty();
        }
        String port = lines.get(PORT_LINE).trim();
        return Optional.of(new Postmaster(
                Long.parseLong(lines.get(0).trim()),
                lines.get(1).trim(),
                port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0,
                lines.size() > STATUS_LINE && lines.get(STATUS_LINE).trim().equals("ready")));
    }
}
