package dev.leasehold.lease.chaos;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.LeaseEyes;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.chaos.Event.Kind;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Hears all that one guardian says, writes it down and passes it on to whom it is meant for, if he still lives. */
final class Recorder {

    private final PoolName pool;
    private final Scene scene;

    private Recorder(PoolName pool, Scene scene) {
        this.pool = pool;
        this.scene = scene;
    }

    static Behavior<LeaseEvent> create(PoolName pool, Scene scene) {
        Recorder recorder = new Recorder(pool, scene);
        return Behaviors.receiveMessage(event -> {
            recorder.hear(event);
            return Behaviors.same();
        });
    }

    private void hear(LeaseEvent event) {
        if (event instanceof LeaseEvent.Granted granted) {
            granted(granted);
        } else if (event instanceof LeaseEvent.Denied denied) {
            ActorRef<ChaosOwner.Command> asker = scene.askers.remove(denied.requestId());
            scene.history.add(
                    Kind.DENIED,
                    name(asker),
                    0,
                    denied.requestId(),
                    denied.reason().name());
            pass(asker, event);
        } else if (event instanceof LeaseEvent.LeaseRevoked revoked) {
            long key = key(revoked.leaseId());
            scene.history.add(Kind.REVOKED, "", key, 0, revoked.cause().name());
            Lease lease = scene.open.remove(key);
            if (lease != null) {
                scene.history.add(Kind.FENCE, "", key, 0, LeaseEyes.fence(lease));
            }
            pass(scene.holders.get(key), event);
        } else if (event instanceof LeaseEvent.LeaseEnded ended) {
            long key = key(ended.leaseId());
            scene.history.add(Kind.ENDED, "", key, ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()), "");
            pass(scene.holders.remove(key), event);
        }
    }

    private void granted(LeaseEvent.Granted granted) {
        Lease lease = granted.lease();
        long key = key(lease.id());
        ActorRef<ChaosOwner.Command> asker = scene.askers.remove(granted.requestId());
        scene.open.put(key, lease);
        scene.history.add(
                Kind.GRANTED,
                name(asker),
                key,
                granted.requestId(),
                LeaseEyes.grantedAt(lease) + " " + LeaseEyes.backend(lease));
        if (asker != null) {
            scene.holders.put(key, asker);
        }
        pass(asker, granted);
    }

    private long key(long leaseId) {
        return Event.leaseKey(pool.label(), leaseId);
    }

    private static String name(@Nullable ActorRef<?> owner) {
        return owner == null ? "" : owner.path().name();
    }

    private static void pass(@Nullable ActorRef<ChaosOwner.Command> owner, LeaseEvent event) {
        if (owner != null) {
            owner.tell(new ChaosOwner.Heard(event));
        }
    }
}
