package dev.leasehold.lease;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Notes where some of the requests come from, enough to name the code behind a leak that goes on. */
final class StackSampler {

    private final int every;
    private final AtomicInteger calls = new AtomicInteger();

    /** @param every one of so many is noted; 0 for none, 1 for all */
    StackSampler(int every) {
        this.every = every;
    }

    @Nullable
    CallSite sample() {
        if (every == 0 || Integer.remainderUnsigned(calls.getAndIncrement(), every) != 0) {
            return null;
        }
        return CallSite.here();
    }
}
