package dev.leasehold.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Tokens that may come in over HTTP. Only a SHA-256 of each is kept. */
public final class ApiTokens {

    private ApiTokens() {}

    /**
     * A token that is neither revoked nor expired.
     *
     * @param hash SHA-256 of the whole token, in lower-case hexadecimal digits
     */
    public record Token(String id, String name, String hash, Set<String> scopes) {}

    private static final String INSERT = """
            INSERT INTO leasehold.api_token (id, name, hash, scopes) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO NOTHING
            """;

    /** Enters a token; false when its id is there already. */
    public static boolean insert(Connection connection, Token token) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, token.id());
            statement.setString(2, token.name());
            statement.setString(3, token.hash());
            statement.setArray(
                    4, connection.createArrayOf("text", token.scopes().toArray()));
            return statement.executeUpdate() == 1;
        }
    }

    private static final String LIST = """
            SELECT id, name, hash, scopes FROM leasehold.api_token
            WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
            ORDER BY id
            """;

    /** The tokens that count now. */
    public static List<Token> list(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LIST);
                ResultSet row = statement.executeQuery()) {
            List<Token> tokens = new ArrayList<>();
            while (row.next()) {
                Array scopes = row.getArray("scopes");
                tokens.add(
                        new Token(row.getString("id"), row.getString("name"), row.getString("hash"), Set.of((String[])
                                scopes.getArray())));
            }
            return tokens;
        }
    }
}
