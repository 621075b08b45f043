package dev.leasehold.lease;

/**
 * What the control connection learned when it was made.
 *
 * @param version such as 180003
 * @param startedAt of the postmaster: another value is another generation of every connection
 * @param checksClients whether {@code client_connection_check_interval} works on the server's platform
 */
record ServerFacts(int version, String startedAt, String systemId, boolean checksClients) {

    private static final int WITH_TRANSACTION_TIMEOUT = 170_000;

    boolean hasTransactionTimeout() {
        return version >= WITH_TRANSACTION_TIMEOUT;
    }

    boolean sameGeneration(ServerFacts other) {
        return startedAt.equals(other.startedAt) && systemId.equals(other.systemId);
    }
}
