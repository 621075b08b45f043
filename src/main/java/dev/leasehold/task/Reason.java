package dev.leasehold.task;

/** Why an attempt failed, found from types, status codes and SQLSTATEs, never from words in a message. */
public enum Reason {
    /** The other side asked to come back later; waits for its reset time and is not counted as a fault. */
    API_LIMIT,
    /** Credentials were refused. */
    AUTH,
    /** The other side was not reached, or answered that it could not work. */
    NETWORK,
    /** The task or its surroundings are set up wrong; repeating does not help. */
    CONFIG,
    /** The run's lease was taken back. */
    LEASE,
    /** The task was in flight at the deaths of several nodes. */
    POISON,
    /** None of the others. */
    UNKNOWN
}
