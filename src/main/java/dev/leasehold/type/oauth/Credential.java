package dev.leasehold.type.oauth;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One stored connection as its row stands; everything secret is ciphertext.
 *
 * @param state {@code idle}, {@code refreshing}, {@code unknown} or {@code reconnect}
 * @param attemptOver whether the time of the last attempt has passed, by the database's clock
 * @param presented how often the present refresh token may have reached the provider without an answer that we know
 * @param now the database's clock
 */
@SuppressWarnings("ArrayRecordComponent") // ciphertext that nobody changes or compares
record Credential(
        String tenant,
        String id,
        String provider,
        String account,
        String tokenEndpoint,
        String clientId,
        byte @Nullable [] clientSecret,
        @Nullable String scope,
        Policy policy,
        long generation,
        byte[] refresh,
        String refreshHash,
        @Nullable Instant accessIssuedAt,
        @Nullable Instant accessExpiresAt,
        String state,
        @Nullable String stateReason,
        @Nullable UUID attemptId,
        boolean attemptOver,
        int presented,
        Instant now) {

    /** Where a secret of a connection belongs: its ciphertext is bound to this. */
    static String place(String tenant, String id, String field, long generation) {
        return tenant + "/" + id + "|" + field + "|" + generation;
    }

    String place(String field) {
        return place(tenant, id, field, generation);
    }

    /** The client's secret does not change with the tokens. */
    String clientSecretPlace() {
        return place(tenant, id, "client-secret", 0);
    }

    /** Without even the ciphertexts. */
    @Override
    public String toString() {
        return "Credential[" + tenant + "/" + id + " at " + provider + ", " + state + "]";
    }
}
