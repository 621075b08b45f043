package dev.leasehold.type.secret;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts what is stored. Its keys lie in the database, wrapped by the key file; each ciphertext is bound to the place it
 * was made for, so that one that was moved or copied back cannot be read.
 */
public final class Vault {

    private static final String NAME = "credentials";
    private static final byte[] WRAPPING = ("leasehold keyset " + NAME).getBytes(StandardCharsets.UTF_8);

    private final Aead aead;

    private Vault(Aead aead) {
        this.aead = aead;
    }

    private static final String READ = """
            SELECT wrapped
            FROM leasehold.keyset
            WHERE name = ?
            """;

    // Two nodes may start together: the first one's keys are everybody's.
    private static final String INSERT = """
            INSERT INTO leasehold.keyset (name, wrapped)
            VALUES (?, ?)
            ON CONFLICT (name) DO NOTHING
            """;

    /**
     * Opens the vault of this database; at the first time it makes its keys.
     *
     * @throws VaultException when the key file is not the one that wrapped them
     */
    public static Vault open(Connection connection, Path keyFile) throws SQLException {
        Aead wrapping = KeyFile.read(keyFile);
        try {
            byte[] wrapped = read(connection);
            if (wrapped == null) {
                KeysetHandle made =
                        KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM, RegistryConfiguration.get());
                try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
                    statement.setString(1, NAME);
                    statement.setBytes(
                            2,
                            TinkProtoKeysetFormat.serializeEncryptedKeyset(
                                    made, wrapping, WRAPPING, RegistryConfiguration.get()));
                    statement.executeUpdate();
                }
                wrapped = read(connection);
            }
            if (wrapped == null) {
                throw new IllegalStateException("the keyset that was just inserted is not there");
            }
            KeysetHandle keys = TinkProtoKeysetFormat.parseEncryptedKeyset(
                    wrapped, wrapping, WRAPPING, RegistryConfiguration.get());
            return new Vault(keys.getPrimitive(RegistryConfiguration.get(), Aead.class));
        } catch (GeneralSecurityException e) {
            throw new VaultException(
                    "the key in " + keyFile
                            + " is not the one that protects the secrets in this database: use the key file"
                            + " that it was set up with (LEASEHOLD_KEY_FILE)",
                    e);
        }
    }

    private static byte @Nullable [] read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, NAME);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getBytes("wrapped") : null;
            }
        }
    }

    /** Encrypts for a place, such as {@code tenant/connection|refresh|7}. */
    public byte[] encrypt(String secret, String place) {
        try {
            return aead.encrypt(secret.getBytes(StandardCharsets.UTF_8), place.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new VaultException("cannot encrypt for " + place, e);
        }
    }

    /**
     * Decrypts what was encrypted for the same place.
     *
     * @throws VaultException when it was not
     */
    public String decrypt(byte[] ciphertext, String place) {
        try {
            return new String(aead.decrypt(ciphertext, place.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
        } catch (GeneralSecurityException e) {
            throw new VaultException("cannot decrypt " + place + ": another key, or it was moved here", e);
        }
    }
}
