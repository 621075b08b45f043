package dev.leasehold.lease.chaos;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.lease.chaos.Event.Kind;
import java.util.SplittableRandom;

/** Keeps so many owners alive: for each that stops there is a new one. */
final class Crowd {

    /** All owners stop; then the crowd does. */
    enum Leave {
        INSTANCE
    }

    private final ActorContext<Leave> context;
    private final Scene scene;
    private final SplittableRandom random;
    private int born;
    private int living;

    private Crowd(ActorContext<Leave> context, Scene scene, SplittableRandom random) {
        this.context = context;
        this.scene = scene;
        this.random = random;
    }

    static Behavior<Leave> create(Scene scene, int owners, SplittableRandom random) {
        return Behaviors.setup(context -> {
            Crowd crowd = new Crowd(context, scene, random);
            for (int no = 0; no < owners; no++) {
                crowd.addOne();
            }
            return crowd.there();
        });
    }

    private void addOne() {
        context.watch(context.spawn(ChaosOwner.create(scene, random.split()), "owner-" + ++born));
        living++;
    }

    private Behavior<Leave> there() {
        return Behaviors.receive(Leave.class)
                .onMessageEquals(Leave.INSTANCE, () -> {
                    for (ActorRef<Void> child : context.getChildren()) {
                        context.stop(child);
                    }
                    return living == 0 ? Behaviors.stopped() : leaving();
                })
                .onSignal(Terminated.class, stopped -> {
                    gone(stopped);
                    addOne();
                    return Behaviors.same();
                })
                .build();
    }

    private Behavior<Leave> leaving() {
        return Behaviors.receive(Leave.class)
                .onMessageEquals(Leave.INSTANCE, Behaviors::same)
                .onSignal(Terminated.class, stopped -> {
                    gone(stopped);
                    return living == 0 ? Behaviors.stopped() : Behaviors.same();
                })
                .build();
    }

    private void gone(Terminated stopped) {
        living--;
        scene.history.add(Kind.STOPPED, stopped.getRef().path().name(), 0, 0, "");
    }
}
