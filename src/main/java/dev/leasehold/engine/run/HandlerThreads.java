package dev.leasehold.engine.run;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads on which handlers work, and nothing else does: virtual ones where the JVM has them, else a bounded pool. A
 * handler that does not leave after its run has ended is a zombie; it gets a substitute, so that it takes no room from
 * others, up to a limit.
 */
public final class HandlerThreads implements Executor, AutoCloseable {

    /** Zombies beyond which no substitute is given: something is badly wrong then, and health says so. */
    public static final int ZOMBIES_MAX = 64;

    private final ExecutorService executor;
    private final @Nullable ThreadPoolExecutor pool;
    private final int threads;
    private final AtomicInteger zombies = new AtomicInteger();

    /**
     * Virtual threads where the JVM has them.
     *
     * @param threads handlers at work at once; virtual threads need no such limit, slots bound them
     * @param slots runs at once, of which each may wait for a thread
     */
    public HandlerThreads(int threads, int slots) {
        this(threads, slots, virtualThreads());
    }

    /** Without virtual threads, whatever the JVM has. */
    static HandlerThreads pooled(int threads, int slots) {
        return new HandlerThreads(threads, slots, null);
    }

    private HandlerThreads(int threads, int slots, @Nullable ExecutorService virtual) {
        this.threads = threads;
        if (virtual != null) {
            this.pool = null;
            this.executor = virtual;
        } else {
            AtomicInteger number = new AtomicInteger();
            ThreadFactory factory = work -> {
                Thread thread = new Thread(work, "leasehold-handler-" + number.incrementAndGet());
                thread.setDaemon(true); // one that never leaves must not hold up the stop
                return thread;
            };
            this.pool = new ThreadPoolExecutor(
                    threads, threads, 60, TimeUnit.SECONDS, new LinkedBlockingQueue<>(2 * slots), factory);
            this.executor = pool;
        }
    }

    /** Compiled for 17, which does not know them. */
    private static @Nullable ExecutorService virtualThreads() {
        try {
            Object made =
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
            return (ExecutorService) made;
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            return null;
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws RejectedExecutionException when the queue is full, which it is only of calls that were told to end before they
     *     began, or when the node stops
     */
    @Override
    public void execute(Runnable work) {
        executor.execute(work);
    }

    /** Handlers that wait for a thread. */
    public int queued() {
        return pool == null ? 0 : pool.getQueue().size();
    }

    /** How many more handlers should be handed over now: a few behind those at work, so that no thread runs dry. */
    public int room() {
        return pool == null ? Integer.MAX_VALUE : Math.max(0, 16 * threads - queued());
    }

    public int zombies() {
        return zombies.get();
    }

    /** A thread stays inside a run that has ended. */
    void zombie() {
        int now = zombies.incrementAndGet();
        substitute(now);
    }

    /** Such a thread has left. */
    void zombieLeft() {
        int now = zombies.decrementAndGet();
        substitute(now);
    }

    private void substitute(int now) {
        if (pool != null) {
            int wanted = threads + Math.min(now, ZOMBIES_MAX);
            synchronized (pool) { // two at once: neither may find the one figure of the other's pair
                if (wanted > pool.getMaximumPoolSize()) {
                    pool.setMaximumPoolSize(wanted);
                    pool.setCorePoolSize(wanted);
                } else {
                    pool.setCorePoolSize(wanted);
                    pool.setMaximumPoolSize(wanted);
                }
            }
        }
    }

    /** Interrupts all of them; they are daemons, so none holds up the stop. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
