package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A fence between a holder who calls and a guardian who revokes. */
class FenceRaceTest {

    private static final int ROUNDS = 20_000;
    private static final long FAR = Long.MAX_VALUE / 2;

    private static Fence fence() {
        Epoch epoch = new Epoch();
        epoch.next();
        return new Fence(epoch, 0, FAR);
    }

    @Test
    @Tag("H8")
    void aCallThatWasLetInIsSeenByWhoRevokes() {
        Fence fence = fence();
        assertThat(fence.enter(1)).isTrue();

        assertThat(fence.revoke()).isTrue();

        assertThat(fence.inFlight()).isEqualTo(1);
        assertThat(fence.enter(2)).isFalse();
        assertThat(fence.inFlight()).isEqualTo(1);
        fence.exit(3, false);
        assertThat(fence.inFlight()).isZero();
    }

    @Test
    @Tag("H4")
    @Tag("H17")
    void whatWasEndedByOneSideIsNotEndedByTheOtherAndStaysSo() {
        Fence released = fence();
        released.claim();
        assertThat(released.release()).isTrue();
        assertThat(released.release()).isFalse();
        assertThat(released.revoke()).isFalse();
        assertThat(released.state()).isEqualTo(Fence.State.RELEASED);

        Fence revoked = fence();
        revoked.claim();
        assertThat(revoked.revoke()).isTrue();
        assertThat(revoked.release()).isFalse();
        assertThat(revoked.claim()).isFalse();
        for (int call = 1; call <= 3; call++) {
            assertThat(revoked.enter(call)).isFalse();
        }
        assertThat(revoked.refused()).isEqualTo(3);
        assertThat(revoked.state()).isEqualTo(Fence.State.REVOKED);
    }

    @Test
    @Tag("H2")
    void anOfferIsTakenUpOrWithdrawnAndNotBoth() {
        Fence taken = fence();
        assertThat(taken.claim()).isTrue();
        assertThat(taken.withdraw()).isFalse();

        Fence withdrawn = fence();
        assertThat(withdrawn.withdraw()).isTrue();
        assertThat(withdrawn.claim()).isFalse();
        assertThat(withdrawn.enter(1)).isFalse();
    }

    @Test
    @Tag("H4")
    void ofAReleaseAndARevocationAtOnceExactlyOneWins() throws Exception {
        Fence[] current = {fence()};
        AtomicInteger releases = new AtomicInteger();
        CyclicBarrier barrier = new CyclicBarrier(2);
        CountDownLatch over = new CountDownLatch(1);
        Thread holder = new Thread(() -> {
            try {
                for (int round = 0; round < ROUNDS / 4; round++) {
                    barrier.await();
                    releases.set(current[0].release() ? 1 : 0);
                    barrier.await();
                }
            } catch (Exception e) {
                releases.set(-1);
            }
            over.countDown();
        });
        holder.setDaemon(true);
        holder.start();

        for (int round = 0; round < ROUNDS / 4; round++) {
            Fence fence = fence();
            fence.claim();
            current[0] = fence;
            barrier.await();
            int revocations = fence.revoke() ? 1 : 0;
            barrier.await();
            assertThat(releases.get() + revocations).isEqualTo(1);
            assertThat(fence.state()).isEqualTo(revocations == 1 ? Fence.State.REVOKED : Fence.State.RELEASED);
        }
        over.await();
    }

    /** Between a check and a count that comes after it a revocation would find nobody inside. */
    @Test
    @Tag("H8")
    void aCallIsCountedBeforeItIsChecked() {
        AtomicInteger countedAtCheck = new AtomicInteger(-1);
        Fence[] looked = new Fence[1];
        Epoch epoch = new Epoch() {
            @Override
            public int current() {
                if (looked[0] != null) {
                    countedAtCheck.set(looked[0].inFlight());
                }
                return super.current();
            }
        };
        epoch.next();
        looked[0] = new Fence(epoch, 0, FAR);

        assertThat(looked[0].enter(1)).isTrue();

        assertThat(countedAtCheck).hasValue(1);
    }

    /** Whoever never counts, or looks at the state only once, is caught within these rounds. */
    @Test
    @Tag("H8")
    @Tag("P3")
    void nobodyIsInsideOnceItIsRevokedAndEmpty() throws Exception {
        AtomicInteger caught = new AtomicInteger();
        AtomicInteger inside = new AtomicInteger();
        Fence[] current = {fence()};
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicBoolean failed = new AtomicBoolean();
        CountDownLatch over = new CountDownLatch(1);
        Thread holder = new Thread(() -> {
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    barrier.await();
                    Fence fence = current[0];
                    for (int call = 0; fence.enter(1) && call < 50; call++) {
                        inside.incrementAndGet();
                        inside.decrementAndGet();
                        fence.exit(1, false);
                    }
                    barrier.await();
                }
            } catch (Exception e) {
                failed.set(true);
            }
            over.countDown();
        });
        holder.setDaemon(true);
        holder.start();

        for (int round = 0; round < ROUNDS; round++) {
            Fence fence = fence();
            current[0] = fence;
            barrier.await();
            for (int spin = 0; spin < round % 300; spin++) {
                Thread.onSpinWait();
            }
            assertThat(fence.revoke()).isTrue();
            if (fence.inFlight() == 0) {
                caught.addAndGet(inside.get());
            }
            barrier.await();
        }

        over.await();
        assertThat(failed).isFalse();
        assertThat(caught).hasValue(0);
    }
}
