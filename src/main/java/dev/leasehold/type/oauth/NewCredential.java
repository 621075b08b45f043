package dev.leasehold.type.oauth;

import org.jspecify.annotations.Nullable;

/**
 * A connection that was just made, with the tokens of its first answer.
 *
 * @param provider a name from oauth-providers.conf, or any other
 * @param account whom it belongs to at the provider, for people
 * @param policy overrides what is known of the provider: none, lenient, grace or strict
 * @param expiresInSeconds life of the access token; 0: due for a refresh at once
 */
public record NewCredential(
        String tenant,
        String id,
        String provider,
        String account,
        String tokenEndpoint,
        String clientId,
        @Nullable String clientSecret,
        @Nullable String scope,
        @Nullable String policy,
        String refreshToken,
        @Nullable String accessToken,
        long expiresInSeconds) {

    /** Without the secrets. */
    @Override
    public String toString() {
        return "NewCredential[" + tenant + "/" + id + " at " + provider + "]";
    }
}
