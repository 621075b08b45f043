package dev.leasehold.type.oauth;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;

/**
 * What a refresh brought; never a token.
 *
 * @param expiryAssumed whether the provider did not say when the access token ends
 * @param rotated whether there is a new refresh token
 */
@JsonNaming(SnakeCaseStrategy.class)
record RefreshResult(
        String connection,
        String provider,
        String account,
        long generation,
        Instant expiresAt,
        boolean expiryAssumed,
        boolean rotated) {

    static RefreshResult of(Credential before, Tokens tokens) {
        return new RefreshResult(
                before.id(),
                before.provider(),
                before.account(),
                before.generation() + 1,
                tokens.expiresAt(),
                tokens.expiryAssumed(),
                tokens.refreshToken() != null);
    }
}
