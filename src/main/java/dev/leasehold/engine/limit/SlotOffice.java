package dev.leasehold.engine.limit;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.cluster.RemoteMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the slots of the limits whose home lanes this node owns, and brings what this node asks to the owners of the
 * others. One state; what it knows is {@link SlotHomes}. Messages between nodes may be lost, doubled or late.
 */
public final class SlotOffice {

    /** What it understands. */
    public sealed interface Command {}

    /** From the check cycle: where its answers go. */
    public record Connect(ActorRef<Heard> cycle) implements Command {}

    /** For the check cycle: what is new of the lanes' owners, and what the owners of home lanes say. */
    public record Heard(@Nullable Roster roster, List<Told> told) {}

    /** From the check cycle: the limits that hold. */
    public record Ruled(Map<LimitKey, Integer> limits) implements Command {}

    /** From the check cycle: to be brought to the owners of the home lanes. */
    public record Asked(List<Ask> asks) implements Command {}

    /** From the lanes: this one is ours. */
    public record Owned(int lane, long epoch) implements Command {}

    /** From the lanes: this one is not ours any more. */
    public record Lost(int lane, long epoch) implements Command {}

    /** From the lanes, at each heartbeat: who owns what. */
    public record Seen(Roster roster) implements Command {}

    /** From another node. Dropped by another incarnation than the one it is for. */
    public record Asks(String to, List<Ask> asks, ActorRef<Command> from) implements Command, RemoteMessage {}

    /** From the owner of a home lane on another node. Dropped by another incarnation than the one it is for. */
    public record Tells(String to, List<Told> told) implements Command, RemoteMessage {}

    private final ActorContext<Command> context;
    private final String self;
    private final SlotHomes homes = new SlotHomes();
    private final Map<String, ActorRef<Command>> peers = new HashMap<>();
    private Map<LimitKey, Integer> limits = Map.of();
    private Roster roster = Roster.UNKNOWN;
    private @Nullable ActorRef<Heard> cycle;

    /** Of this incarnation. */
    public static Behavior<Command> create(String incarnation) {
        return Behaviors.setup(context -> new SlotOffice(context, incarnation).open());
    }

    private SlotOffice(ActorContext<Command> context, String self) {
        context.setLoggerName(SlotOffice.class);
        this.context = context;
        this.self = self;
    }

    private Behavior<Command> open() {
        return Behaviors.receive(Command.class)
                .onMessage(Asked.class, asked -> step(() -> route(asked.asks())))
                .onMessage(Asks.class, asks -> step(() -> asked(asks)))
                .onMessage(Tells.class, tells -> step(() -> told(tells)))
                .onMessage(Owned.class, owned -> step(() -> homes.own(owned.lane(), owned.epoch())))
                .onMessage(Lost.class, lost -> step(() -> homes.lose(lost.lane(), lost.epoch())))
                .onMessage(Seen.class, seen -> step(() -> seen(seen.roster())))
                .onMessage(Ruled.class, ruled -> step(() -> ruled(ruled.limits())))
                .onMessage(Connect.class, connect -> step(() -> cycle = connect.cycle()))
                .build();
    }

    private Behavior<Command> step(Runnable change) {
        change.run();
        homes.takeOut().forEach(this::send);
        return Behaviors.same();
    }

    private void ruled(Map<LimitKey, Integer> now) {
        limits = now;
        homes.limits(now);
        hear(roster, List.of());
    }

    private void seen(Roster now) {
        roster = now;
        peers.keySet().retainAll(now.owners());
        homes.roster(now);
        hear(now, List.of());
    }

    /** Where no limit is set, the check cycle is left alone. */
    private void hear(@Nullable Roster news, List<Told> told) {
        ActorRef<Heard> to = cycle;
        if (to != null && !limits.isEmpty()) {
            to.tell(new Heard(news, told));
        }
    }

    private void route(List<Ask> asks) {
        Map<String, List<Ask>> byOwner = new TreeMap<>();
        for (Ask ask : asks) {
            Roster.Place home = roster.home(ask.key());
            String owner = home == null ? null : home.owner();
            if (owner != null) {
                byOwner.computeIfAbsent(owner, first -> new ArrayList<>()).add(ask);
            }
        }
        byOwner.forEach((owner, all) -> {
            if (owner.equals(self)) {
                all.forEach(homes::ask);
            } else {
                ActorRef<Command> peer = peer(owner);
                if (peer != null) {
                    peer.tell(new Asks(owner, all, context.getSelf()));
                }
            }
        });
    }

    private void asked(Asks asks) {
        if (asks.to().equals(self)) {
            asks.asks().forEach(ask -> peers.put(ask.node(), asks.from()));
            asks.asks().forEach(homes::ask);
        }
    }

    private void told(Tells tells) {
        if (tells.to().equals(self)) {
            hear(null, tells.told());
        }
    }

    private void send(String node, List<Told> told) {
        if (node.equals(self)) {
            hear(null, told);
            return;
        }
        ActorRef<Command> peer = peer(node);
        if (peer != null) {
            peer.tell(new Tells(node, told));
        }
    }

    /** The same actor of another node: its path is ours. Null when its address is not known. */
    private @Nullable ActorRef<Command> peer(String node) {
        ActorRef<Command> known = peers.get(node);
        String address = roster.addresses().get(node);
        if (known != null || address == null) {
            return known;
        }
        String path = context.getSelf().path().toStringWithoutAddress();
        ActorRef<Command> found = ActorRefResolver.get(context.getSystem()).resolveActorRef("akka://" + address + path);
        peers.put(node, found);
        return found;
    }
}
