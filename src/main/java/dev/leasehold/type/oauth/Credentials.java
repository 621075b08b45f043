package dev.leasehold.type.oauth;

import dev.leasehold.type.secret.Vault;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The table of stored connections. Every change names what it read, so that a late one changes nothing. */
public final class Credentials {

    private Credentials() {}

    private static final String INSERT = """
            INSERT INTO leasehold.credential
                (tenant, id, provider, account, token_endpoint, client_id, client_secret_ct, scope, policy,
                 generation, refresh_ct, refresh_hash, access_ct, access_issued_at, access_expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, now(), now() + make_interval(secs => ?))
            ON CONFLICT (tenant, id) DO NOTHING
            """;

    /** Stores a new connection. False: one of this id exists, and stays as it is. */
    public static boolean create(Connection connection, Vault vault, NewCredential made) throws SQLException {
        String tenant = made.tenant();
        String id = made.id();
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            statement.setString(3, made.provider());
            statement.setString(4, made.account());
            statement.setString(5, made.tokenEndpoint());
            statement.setString(6, made.clientId());
            statement.setBytes(7, encrypted(vault, made.clientSecret(), tenant, id, "client-secret", 0));
            statement.setString(8, made.scope());
            statement.setString(
                    9, made.policy() == null ? null : Policy.of(made.policy()).label());
            statement.setBytes(10, encrypted(vault, made.refreshToken(), tenant, id, "refresh", 1));
            statement.setString(11, Tokens.hash(made.refreshToken()));
            statement.setBytes(12, encrypted(vault, made.accessToken(), tenant, id, "access", 1));
            statement.setDouble(13, (double) made.expiresInSeconds());
            return statement.executeUpdate() == 1;
        }
    }

    private static byte @Nullable [] encrypted(
            Vault vault, @Nullable String secret, String tenant, String id, String field, long generation) {
        return secret == null ? null : vault.encrypt(secret, Credential.place(tenant, id, field, generation));
    }

    private static final String EXISTS = """
            SELECT 1
            FROM leasehold.credential
            WHERE tenant = ?
              AND id = ?
            """;

    /** Whether there is a connection of this id. */
    public static boolean exists(Connection connection, String tenant, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXISTS)) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private static final String LOCK = """
            SELECT provider, account, token_endpoint, client_id, client_secret_ct, scope, policy, generation,
                   refresh_ct, refresh_hash, access_issued_at, access_expires_at, state, state_reason,
                   attempt_id, attempt_until IS NULL OR attempt_until < clock_timestamp() AS attempt_over, presented,
                   clock_timestamp() AS now
            FROM leasehold.credential
            WHERE tenant = ?
              AND id = ?
            FOR UPDATE
            """;

    /** Reads a connection and keeps others from changing it until the transaction ends. */
    static Optional<Credential> lock(Connection connection, String tenant, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(credential(row, tenant, id)) : Optional.empty();
            }
        }
    }

    private static Credential credential(ResultSet row, String tenant, String id) throws SQLException {
        String provider = row.getString("provider");
        String policy = row.getString("policy");
        return new Credential(
                tenant,
                id,
                provider,
                row.getString("account"),
                row.getString("token_endpoint"),
                row.getString("client_id"),
                row.getBytes("client_secret_ct"),
                row.getString("scope"),
                policy == null ? Providers.of(provider).policy() : Policy.of(policy),
                row.getLong("generation"),
                row.getBytes("refresh_ct"),
                row.getString("refresh_hash"),
                instant(row, "access_issued_at"),
                instant(row, "access_expires_at"),
                row.getString("state"),
                row.getString("state_reason"),
                row.getObject("attempt_id", UUID.class),
                row.getBoolean("attempt_over"),
                row.getInt("presented"),
                row.getObject("now", OffsetDateTime.class).toInstant());
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime found = row.getObject(column, OffsetDateTime.class);
        return found == null ? null : found.toInstant();
    }

    private static final String BEGIN = """
            UPDATE leasehold.credential
            SET state = 'refreshing',
                state_reason = NULL,
                attempt_id = ?,
                attempt_until = clock_timestamp() + interval '60 seconds',
                presented = presented + 1,
                updated_at = now()
            WHERE tenant = ?
              AND id = ?
              AND generation = ?
            """;

    /** Writes down that the token is about to be sent. */
    static void begin(Connection connection, Credential read, UUID attempt) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BEGIN)) {
            statement.setObject(1, attempt);
            statement.setString(2, read.tenant());
            statement.setString(3, read.id());
            statement.setLong(4, read.generation());
            statement.executeUpdate();
        }
    }

    // By generation and parent, not by attempt: an answer that came late is as good, if nobody has replaced its parent.
    private static final String SWAP = """
            UPDATE leasehold.credential
            SET generation = ?,
                refresh_ct = ?,
                refresh_hash = ?,
                access_ct = ?,
                access_issued_at = ?,
                access_expires_at = ?,
                expiry_assumed = ?,
                state = 'idle',
                state_reason = NULL,
                attempt_id = NULL,
                attempt_until = NULL,
                presented = 0,
                updated_at = now()
            WHERE tenant = ?
              AND id = ?
              AND generation = ?
              AND refresh_hash = ?
            """;

    /** Takes new tokens over. False: they are not the children of what stands there now. */
    static boolean swap(Connection connection, Vault vault, Credential parent, Tokens tokens) throws SQLException {
        long next = parent.generation() + 1;
        String refresh = tokens.refreshToken() == null
                ? vault.decrypt(parent.refresh(), parent.place("refresh"))
                : tokens.refreshToken();
        try (PreparedStatement statement = connection.prepareStatement(SWAP)) {
            statement.setLong(1, next);
            statement.setBytes(2, encrypted(vault, refresh, parent.tenant(), parent.id(), "refresh", next));
            statement.setString(3, Tokens.hash(refresh));
            statement.setBytes(4, encrypted(vault, tokens.accessToken(), parent.tenant(), parent.id(), "access", next));
            statement.setObject(5, tokens.issuedAt().atOffset(ZoneOffset.UTC));
            statement.setObject(6, tokens.expiresAt().atOffset(ZoneOffset.UTC));
            statement.setBoolean(7, tokens.expiryAssumed());
            statement.setString(8, parent.tenant());
            statement.setString(9, parent.id());
            statement.setLong(10, parent.generation());
            statement.setString(11, parent.refreshHash());
            return statement.executeUpdate() == 1;
        }
    }

    private static final String END = """
            UPDATE leasehold.credential
            SET state = ?,
                state_reason = ?,
                attempt_until = CASE WHEN ? = 'refreshing' THEN attempt_until END,
                attempt_id = CASE WHEN ? = 'refreshing' THEN attempt_id END,
                presented = greatest(0, presented - ?),
                updated_at = now()
            WHERE tenant = ?
              AND id = ?
              AND generation = ?
              AND attempt_id IS NOT DISTINCT FROM ?
            """;

    /**
     * Ends an attempt without new tokens. False: the row has moved on.
     *
     * @param unspent 1 where the token that was sent is known to be good still, else 0
     */
    static boolean end(
            Connection connection,
            Credential read,
            @Nullable UUID attempt,
            String state,
            @Nullable String reason,
            int unspent)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(END)) {
            statement.setString(1, state);
            statement.setString(2, reason);
            statement.setString(3, state);
            statement.setString(4, state);
            statement.setInt(5, unspent);
            statement.setString(6, read.tenant());
            statement.setString(7, read.id());
            statement.setLong(8, read.generation());
            if (attempt == null) {
                statement.setNull(9, Types.OTHER);
            } else {
                statement.setObject(9, attempt);
            }
            return statement.executeUpdate() == 1;
        }
    }

    private static final String READ_ACCESS = """
            SELECT access_ct, generation
            FROM leasehold.credential
            WHERE tenant = ?
              AND id = ?
              AND access_expires_at > clock_timestamp() + interval '60 seconds'
            """;

    /** The access token of a connection; empty when there is none that is good for another minute. */
    public static Optional<String> accessToken(Connection connection, Vault vault, String tenant, String id)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ_ACCESS)) {
            statement.setString(1, tenant);
            statement.setString(2, id);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next() || row.getBytes("access_ct") == null) {
                    return Optional.empty();
                }
                String place = Credential.place(tenant, id, "access", row.getLong("generation"));
                return Optional.of(vault.decrypt(row.getBytes("access_ct"), place));
            }
        }
    }
}
