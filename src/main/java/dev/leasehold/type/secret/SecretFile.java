package dev.leasehold.type.secret;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A secret that lives in a file of its own. It is written whole and synced before it appears under its name, so that a
 * crash leaves either the whole secret or none.
 */
public final class SecretFile {

    private static final int LONGEST = 64 * 1024;

    private SecretFile() {}

    /**
     * The secret in the file; where there is no file, a new one with what {@code maker} makes, readable for its owner
     * only.
     */
    public static String readOrMake(Path file, Supplier<String> maker) {
        if (!Files.exists(file)) {
            make(file, maker.get());
        }
        return read(file);
    }

    /** The secret in the file. */
    public static String read(Path file) {
        try {
            if (Files.size(file) > LONGEST) {
                throw new IllegalStateException("secret file " + file + " is too large to be one");
            }
            return Files.readString(file, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read secret file " + file, e);
        }
    }

    private static void make(Path file, String secret) {
        Path folder = folderOf(file);
        try {
            Files.createDirectories(folder);
            Path whole = Files.createTempFile(folder, file.getFileName().toString(), ".new", ownerOnly(folder));
            try (FileChannel channel = FileChannel.open(whole, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap((secret + "\n").getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            try {
                // A link fails where a move would replace what another node has just made.
                Files.createLink(file, whole);
            } catch (FileAlreadyExistsException e) {
                return;
            } finally {
                Files.deleteIfExists(whole);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make secret file " + file, e);
        }
    }

    private static Path folderOf(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("not a file: " + file);
        }
        return folder;
    }

    private static FileAttribute<?>[] ownerOnly(Path folder) throws IOException {
        if (!Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            return new FileAttribute<?>[0];
        }
        Set<PosixFilePermission> owner = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(owner)};
    }
}
