package dev.leasehold.engine;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Ticker;
import dev.leasehold.task.EventSubscriber;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * What a node gives its engine.
 *
 * @param incarnation this life of the node: at most 30 letters, digits and dashes, never used twice; the same as the pools'
 *     node uid, so that its server processes can be found
 * @param control of the platform pool
 * @param userdataIsPlatform the user-data pool reaches the platform database
 * @param restoration steps at start, in this order
 * @param subscribers code of the application that wants the events which handlers emit
 * @param revokedLeases given to the pools as their listener
 */
public record EngineSetup(
        String incarnation,
        String nodeName,
        String address,
        EngineSettings settings,
        TypeRegistry types,
        Leases leases,
        ControlConnection control,
        Map<PoolName, ActorRef<PoolGuardian.Command>> guardians,
        boolean userdataIsPlatform,
        List<RestorationStep> restoration,
        RevokedLeaseLog revokedLeases,
        MeterRegistry registry,
        Clock clock,
        Ticker ticker,
        List<EventSubscriber> subscribers) {

    /** Without subscribers of events. */
    public EngineSetup(
            String incarnation,
            String nodeName,
            String address,
            EngineSettings settings,
            TypeRegistry types,
            Leases leases,
            ControlConnection control,
            Map<PoolName, ActorRef<PoolGuardian.Command>> guardians,
            boolean userdataIsPlatform,
            List<RestorationStep> restoration,
            RevokedLeaseLog revokedLeases,
            MeterRegistry registry,
            Clock clock,
            Ticker ticker) {
        this(
                incarnation,
                nodeName,
                address,
                settings,
                types,
                leases,
                control,
                guardians,
                userdataIsPlatform,
                restoration,
                revokedLeases,
                registry,
                clock,
                ticker,
                List.of());
    }

    public EngineSetup {
        if (!incarnation.matches("[A-Za-z0-9-]{1,30}")) {
            throw new IllegalArgumentException("not an incarnation: " + incarnation);
        }
    }
}
