package dev.leasehold.embedded;

import dev.leasehold.config.InvalidSettingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The node's data folder, held by one process at a time: a lock of the operating system on a file in it, which also
 * ends when the process is killed.
 */
public final class DataFolder implements AutoCloseable {

    private static final String LOCK = "leasehold.lock";

    /** Keeps the channels of all held folders reachable: a collected one would be closed, and its lock with it. */
    private static final Set<FileChannel> HELD = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;

    private DataFolder(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Makes the folder when it is absent, and takes it.
     *
     * @throws InvalidSettingException when it cannot be written to
     * @throws EmbeddedPostgresException when another process has it
     */
    public static DataFolder take(Path folder) {
        FileChannel channel = open(folder.toAbsolutePath().normalize());
        try {
            // One name for it however it was reached: a later start compares it with what a running server was given.
            Path path = folder.toRealPath();
            FileLock lock = lock(channel);
            if (lock == null) {
                String holder = holder(channel);
                channel.close();
                throw new EmbeddedPostgresException("the data folder " + path + " is in use by another node" + holder
                        + "; stop that one, or give this one a folder of its own (LEASEHOLD_DATA_DIR)");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            HELD.add(channel);
            return new DataFolder(path, channel);
        } catch (IOException e) {
            throw new EmbeddedPostgresException("cannot lock the data folder " + folder + ": " + e, e);
        }
    }

    /** Absolute. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            HELD.remove(channel);
            channel.close();
        } catch (IOException e) {
            throw new EmbeddedPostgresException("cannot release the data folder " + path + ": " + e, e);
        }
    }

    private static FileChannel open(Path path) {
        try {
            if (!Files.exists(path)) {
                // Others may pass through: under root the server can run as another user. Secrets in it are 0600.
                Files.createDirectories(path);
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
            }
            return FileChannel.open(
                    path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new InvalidSettingException("leasehold.data-dir (LEASEHOLD_DATA_DIR) is '" + path
                    + "', which cannot be written to (" + e.getClass().getSimpleName() + " at " + e.getMessage()
                    + "); allowed: a folder that this user may write to, or the path of one to be made");
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // this very process has it
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
        return pid.matches("[0-9]+") ? " (process " + pid + ")" : "";
    }
}
