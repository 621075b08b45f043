package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The place of an actor that sees to runs of one type, one after the other, and the run that it has now. It outlives the
 * restarts of the actor. The supervisor puts the next run in while the actor rests; the actor learns of it by the first
 * message about it.
 */
final class Runner {

    private final Rest rest;
    private volatile @Nullable RunState run;
    private @Nullable ActorRef<TaskRunner.Command> actor;

    Runner(Rest rest, RunState first) {
        this.rest = rest;
        this.run = first;
    }

    /** Null while the actor rests. */
    @Nullable
    RunState run() {
        return run;
    }

    /** Of the supervisor, while the actor rests. */
    void take(RunState next) {
        run = next;
    }

    @Nullable
    ActorRef<TaskRunner.Command> actor() {
        return actor;
    }

    /** Of the supervisor. */
    void actor(ActorRef<TaskRunner.Command> spawned) {
        actor = spawned;
    }

    /**
     * Of the actor, the last thing it does with a run that left nothing behind: after true, another one may be in here. False
     * when enough are resting, and the actor is to stop.
     */
    boolean rest() {
        run = null; // with its payload
        return rest.add(this);
    }

    /** Those that wait for a run. An actor of its own for each run cost more than what most runs do. */
    static final class Rest {

        /** More than this many runs of a type at once are rare; their actors must not stay for good. */
        private static final int MAX = 1_000;

        private final ConcurrentLinkedDeque<Runner> resting = new ConcurrentLinkedDeque<>();
        private final AtomicInteger size = new AtomicInteger();

        private boolean add(Runner runner) {
            if (size.incrementAndGet() > MAX) {
                size.decrementAndGet();
                return false;
            }
            resting.addFirst(runner);
            return true;
        }

        /** Of one that has stopped. */
        void remove(Runner runner) {
            if (resting.remove(runner)) {
                size.decrementAndGet();
            }
        }

        /** Null when none rests. */
        @Nullable
        Runner poll() {
            Runner runner = resting.pollFirst();
            if (runner != null) {
                size.decrementAndGet();
            }
            return runner;
        }
    }
}
