package dev.leasehold.engine.cycle;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.limit.SlotOffice;
import dev.leasehold.engine.run.HandlerThreads;
import dev.leasehold.engine.run.RunLedger;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.Ticker;
import java.util.Map;

/**
 * What the check cycle works with.
 *
 * @param node this node's incarnation
 * @param office where slots under limits over all nodes come from
 * @param slotsByType runs at once, of each type that has a handler
 */
public record CycleParts(
        String node,
        Leases leases,
        Ticker ticker,
        DatabaseClock clock,
        CycleSettings settings,
        Map<String, Integer> slotsByType,
        RunStarter starter,
        ActorRef<RunLedger.Command> ledger,
        ActorRef<SlotOffice.Command> office,
        HandlerThreads threads,
        SessionCounters counters) {}
