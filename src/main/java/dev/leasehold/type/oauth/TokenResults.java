package dev.leasehold.type.oauth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.type.secret.Vault;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Every token answer that was received, appended before anything else is done with it: the only copy of a new refresh
 * token is in such an answer.
 */
final class TokenResults {

    /**
     * An answer as it is kept.
     *
     * @param parentHash names the refresh token that brought it
     */
    @SuppressWarnings("ArrayRecordComponent") // ciphertext that nobody changes or compares
    record Kept(UUID attempt, String tenant, String connection, String parentHash, byte[] answer) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private TokenResults() {}

    static Kept of(Vault vault, Credential parent, UUID attempt, Tokens tokens) {
        ObjectNode json = JSON.createObjectNode()
                .put("access", tokens.accessToken())
                .put("issued", tokens.issuedAt().toString())
                .put("expires", tokens.expiresAt().toString())
                .put("assumed", tokens.expiryAssumed());
        if (tokens.refreshToken() != null) {
            json.put("refresh", tokens.refreshToken());
        }
        return new Kept(
                attempt,
                parent.tenant(),
                parent.id(),
                parent.refreshHash(),
                vault.encrypt(json.toString(), place(attempt)));
    }

    private static String place(UUID attempt) {
        return "token-result|" + attempt;
    }

    private static Tokens tokens(Vault vault, UUID attempt, byte[] answer) {
        try {
            JsonNode json = JSON.readTree(vault.decrypt(answer, place(attempt)));
            return new Tokens(
                    json.path("access").asText(),
                    json.hasNonNull("refresh") ? json.path("refresh").asText() : null,
                    Instant.parse(json.path("issued").asText()),
                    Instant.parse(json.path("expires").asText()),
                    json.path("assumed").asBoolean());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a kept answer is always JSON", e);
        }
    }

    private static final String APPEND = """
            INSERT INTO leasehold.token_result (attempt_id, tenant, connection, parent_hash, answer_ct)
            SELECT ?, tenant, id, ?, ?
            FROM leasehold.credential
            WHERE tenant = ?
              AND id = ?
            ON CONFLICT (attempt_id) DO NOTHING
            """;

    static void append(Connection connection, Kept kept) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(APPEND)) {
            statement.setObject(1, kept.attempt());
            statement.setString(2, kept.parentHash());
            statement.setBytes(3, kept.answer());
            statement.setString(4, kept.tenant());
            statement.setString(5, kept.connection());
            statement.executeUpdate();
        }
    }

    private static final String NEWEST_CHILD = """
            SELECT attempt_id, answer_ct
            FROM leasehold.token_result
            WHERE tenant = ?
              AND connection = ?
              AND parent_hash = ?
              AND NOT adopted
            ORDER BY received_at DESC
            LIMIT 1
            """;

    private static final String MARK_ADOPTED = """
            UPDATE leasehold.token_result
            SET adopted = true
            WHERE attempt_id = ?
            """;

    private static final String PRUNE = """
            DELETE FROM leasehold.token_result
            WHERE tenant = ?
              AND connection = ?
              AND adopted
              AND received_at < now() - interval '30 days'
            """;

    /** Takes over an answer that was kept but not adopted, if it is a child of what stands there now. */
    static Optional<Tokens> adopt(Connection connection, Vault vault, Credential parent) throws SQLException {
        UUID attempt;
        Tokens tokens;
        try (PreparedStatement statement = connection.prepareStatement(NEWEST_CHILD)) {
            statement.setString(1, parent.tenant());
            statement.setString(2, parent.id());
            statement.setString(3, parent.refreshHash());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                attempt = row.getObject("attempt_id", UUID.class);
                tokens = tokens(vault, attempt, row.getBytes("answer_ct"));
            }
        }
        markAdopted(connection, parent, attempt);
        // Where the refresh token stays the same, a later answer may have been taken over long ago.
        boolean newer = parent.accessIssuedAt() == null || tokens.issuedAt().isAfter(parent.accessIssuedAt());
        return newer && Credentials.swap(connection, vault, parent, tokens) ? Optional.of(tokens) : Optional.empty();
    }

    static void markAdopted(Connection connection, Credential parent, UUID attempt) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MARK_ADOPTED)) {
            statement.setObject(1, attempt);
            statement.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement(PRUNE)) {
            statement.setString(1, parent.tenant());
            statement.setString(2, parent.id());
            statement.executeUpdate();
        }
    }
}
