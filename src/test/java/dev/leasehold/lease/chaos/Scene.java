package dev.leasehold.lease.chaos;

import akka.actor.typed.ActorRef;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Pools;
import dev.leasehold.testing.TcpProxy;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What all who play in a chaos run share. */
final class Scene {

    private static final int HANDS_MAX = 200;

    final Pools pools;
    final History history;
    final TcpProxy proxy;
    final String nodeUid;
    final String role;
    final Map<PoolName, ActorRef<LeaseEvent>> recorders = new EnumMap<>(PoolName.class);
    /** Who asked, by request; until answered. */
    final Map<Long, ActorRef<ChaosOwner.Command>> askers = new ConcurrentHashMap<>();
    /** Who holds, by key; until the lease is over. */
    final Map<Long, ActorRef<ChaosOwner.Command>> holders = new ConcurrentHashMap<>();
    /** Open ones by key. */
    final Map<Long, Lease> open = new ConcurrentHashMap<>();

    private final long until;
    private final AtomicLong calls = new AtomicLong();
    private final CountDownLatch over = new CountDownLatch(1);
    private final ExecutorService hands;

    Scene(Pools pools, History history, TcpProxy proxy, String nodeUid, String role, Duration length) {
        this.until = System.nanoTime() + length.toNanos();
        this.pools = pools;
        this.history = history;
        this.proxy = proxy;
        this.nodeUid = nodeUid;
        this.role = role;
        AtomicInteger number = new AtomicInteger();
        hands = new ThreadPoolExecutor(0, HANDS_MAX, 2, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "chaos-hand-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    ActorRef<LeaseEvent> recorder(PoolName pool) {
        ActorRef<LeaseEvent> recorder = recorders.get(pool);
        if (recorder == null) {
            throw new IllegalStateException("nobody records " + pool);
        }
        return recorder;
    }

    long nextCall() {
        return calls.incrementAndGet();
    }

    /** On a thread that may block. */
    void onHand(Runnable work) {
        hands.execute(work);
    }

    /** True when the run is over before the pause is. */
    boolean pause(Duration length) {
        try {
            return over.await(length.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    boolean isOver() {
        return over.getCount() == 0;
    }

    /** Nanoseconds. */
    long remaining() {
        return until - System.nanoTime();
    }

    void end() {
        over.countDown();
    }

    void close() {
        hands.shutdownNow();
    }
}
