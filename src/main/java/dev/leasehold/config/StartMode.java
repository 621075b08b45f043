package dev.leasehold.config;

/** How a node was started; decides the defaults that differ between trying it out and running it. */
public enum StartMode {
    /** {@code start-dev}: demo on, and loopback may be reached by tasks. */
    DEV,
    /** {@code start}, and a node embedded in an application. */
    PRODUCTION
}
