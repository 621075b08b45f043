package dev.leasehold.lease.chaos;

import dev.leasehold.lease.chaos.Event.Kind;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Everything that was seen, in a file. The last of it passes through a bounded queue in memory, so that a long run grows only
 * on disk.
 */
final class History implements AutoCloseable {

    private static final int WAITING_MAX = 100_000;
    private static final Event END = new Event(0, Kind.CLOSED, "end of the file", 0, 0, "");

    private final Path file;
    private final BlockingQueue<Event> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread writer;
    private final AtomicLong written = new AtomicLong();

    History(Path file) throws IOException {
        this.file = file;
        Files.createDirectories(file.getParent());
        BufferedWriter out = Files.newBufferedWriter(file);
        writer = new Thread(() -> write(out), "chaos-history");
        writer.start();
    }

    void add(Kind kind, String who, long lease, long number, String text) {
        addAt(System.nanoTime(), kind, who, lease, number, text);
    }

    void addAt(long at, Kind kind, String who, long lease, long number, String text) {
        try {
            waiting.put(new Event(at, kind, who, lease, number, text));
        } catch (InterruptedException e) {
            // A holder that was interrupted by a revocation still says what it did; then it is interrupted again.
            while (!waiting.offer(new Event(at, kind, who, lease, number, text))) {
                Thread.onSpinWait();
            }
            Thread.currentThread().interrupt();
        }
    }

    long written() {
        return written.get();
    }

    Path file() {
        return file;
    }

    private void write(BufferedWriter out) {
        try (out) {
            for (Event event = waiting.take(); !event.equals(END); event = waiting.take()) {
                out.write(event.line());
                out.newLine();
                written.incrementAndGet();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What was written. */
    static List<Event> read(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(Event::parse).toList();
        }
    }

    @Override
    public void close() {
        try {
            waiting.put(END);
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
