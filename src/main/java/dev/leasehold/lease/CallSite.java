package dev.leasehold.lease;

/**
 * Where code stood when it asked for a lease. Cheap to take, since it becomes text only when a revoked lease needs a culprit.
 */
public final class CallSite {

    private final String thread;
    private final Throwable here;

    private CallSite(String thread, Throwable here) {
        this.thread = thread;
        this.here = here;
    }

    /** Of the calling thread. */
    public static CallSite here() {
        return new CallSite(Thread.currentThread().getName(), new Throwable("asked for a lease"));
    }

    String text() {
        return Stacks.ofCaller(thread, here.getStackTrace());
    }
}
