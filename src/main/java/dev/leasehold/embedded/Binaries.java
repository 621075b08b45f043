package dev.leasehold.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * Unpacks the server's binaries below the data folder, once for each version of them.
 *
 * <p>They are unpacked beside their place and moved there when complete, with a list of files and sizes: a folder that
 * lacks the list, a file or some bytes is thrown away and unpacked anew.
 */
final class Binaries {

    private static final String LIST = "files.list";

    private final Path parent;
    private final String archive;
    private final BooleanSupplier stopped;

    /** @param stopped asked between files; the unpacking gives up when it says so */
    Binaries(Path parent, String archive, BooleanSupplier stopped) {
        this.parent = parent;
        this.archive = archive;
        this.stopped = stopped;
    }

    /** The folder that holds {@code bin}, {@code lib} and {@code share}. */
    Path unpacked() {
        try {
            Path folder = parent.resolve(archive.replace(".txz", "") + "-" + digest());
            if (!isComplete(folder)) {
                Folders.delete(folder);
                Path half = Files.createDirectories(parent.resolve(folder.getFileName() + ".half"));
                Folders.delete(half);
                unpack(half);
                Files.move(half, folder, StandardCopyOption.ATOMIC_MOVE);
            }
            return folder;
        } catch (IOException e) {
            throw new EmbeddedPostgresException("cannot unpack PostgreSQL below " + parent + ": " + e, e);
        }
    }

    private String digest() throws IOException {
        try (DigestInputStream in = new DigestInputStream(open(), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private InputStream open() {
        InputStream in = Binaries.class.getClassLoader().getResourceAsStream(archive);
        if (in == null) {
            throw new EmbeddedPostgresException("the embedded PostgreSQL is not on the class path (" + archive
                    + "); add it, or set LEASEHOLD_DATABASE_URL");
        }
        return in;
    }

    private static boolean isComplete(Path folder) throws IOException {
        Path list = folder.resolve(LIST);
        if (!Files.exists(list)) {
            return false;
        }
        for (String line : Files.readAllLines(list)) {
            String[] sizeAndName = line.split(" ", 2);
            Path file = folder.resolve(sizeAndName[1]);
            if (!Files.exists(file) || Files.size(file) != Long.parseLong(sizeAndName[0])) {
                return false;
            }
        }
        return true;
    }

    private void unpack(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<String> list = new ArrayList<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(open())))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (stopped.getAsBoolean()) {
                    throw new EmbeddedPostgresException("stopped while unpacking");
                }
                Path target = folder.resolve(entry.getName()).normalize();
                if (!target.startsWith(folder)) {
                    throw new IOException("entry outside of the folder: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    write(tar, entry, target);
                    if (entry.isFile()) {
                        list.add(entry.getSize() + " " + entry.getName());
                    }
                }
            }
        }
        Files.write(folder.resolve(LIST), list, StandardCharsets.UTF_8);
    }

    private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target);
        boolean program = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
    }
}
