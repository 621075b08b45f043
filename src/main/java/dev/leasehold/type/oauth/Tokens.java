package dev.leasehold.type.oauth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Tokens as a provider gave them.
 *
 * @param refreshToken null where the provider keeps the old one
 * @param expiresAt when the access token ends
 * @param expiryAssumed whether the provider did not say so
 */
record Tokens(
        String accessToken, @Nullable String refreshToken, Instant issuedAt, Instant expiresAt, boolean expiryAssumed) {

    /** Names a token without telling it. */
    static String hash(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Without the tokens. */
    @Override
    public String toString() {
        return "Tokens[until " + expiresAt + "]";
    }
}
