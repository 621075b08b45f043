package dev.leasehold.type.web;

import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.TargetUrl;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps the requests of all analyses of this node to one host apart. A caller reserves the next free moment and sleeps
 * until it has come.
 */
final class Politeness {

    /** Hosts remembered before those whose moment has passed are forgotten. */
    private static final int REMEMBERED = 1000;

    private final OutboundClient client;
    private final WebsiteSettings settings;
    private final LongSupplier nanoTime;
    private final Map<String, Long> nextFree = new HashMap<>();

    Politeness(OutboundClient client, WebsiteSettings settings, LongSupplier nanoTime) {
        this.client = client;
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    /** The distance that requests to this target keep; the site may ask for a longer one. */
    Duration delay(TargetUrl target, Duration asked) {
        Duration ours = client.guard().listed(target) ? settings.privateDelay() : settings.delay();
        return asked.compareTo(ours) > 0 ? asked : ours;
    }

    /** Waits for this host's next free moment. */
    void await(TargetUrl target, Duration delay) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(reserve(target.origin(), delay));
    }

    private synchronized long reserve(String origin, Duration delay) {
        long now = nanoTime.getAsLong();
        if (nextFree.size() > REMEMBERED) {
            nextFree.values().removeIf(free -> free - now < 0);
        }
        Long free = nextFree.get(origin);
        long mine = free == null || free - now < 0 ? now : free;
        nextFree.put(origin, mine + delay.toNanos());
        return mine - now;
    }
}
