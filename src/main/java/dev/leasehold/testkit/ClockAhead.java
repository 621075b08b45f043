package dev.leasehold.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/** This machine's clock, set ahead by as much as the database's. */
final class ClockAhead extends Clock {

    private final Clock machine;
    private volatile Duration by = Duration.ZERO;

    ClockAhead(Clock machine) {
        this.machine = machine;
    }

    void jump(Duration further) {
        by = by.plus(further);
    }

    @Override
    public Instant instant() {
        return machine.instant().plus(by);
    }

    @Override
    public ZoneId getZone() {
        return machine.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return Clock.offset(machine.withZone(zone), by);
    }
}
