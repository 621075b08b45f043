package dev.leasehold.type.secret;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.util.SecretBytes;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/** The file that holds the key which wraps all others: 32 bytes in Base64. */
public final class KeyFile {

    /** Its name in the data folder, where it is made when none is configured. */
    public static final String NAME = "leasehold.key";

    private static final int BYTES = 32;

    private KeyFile() {}

    /** The file to use: the configured one, else the one in the data folder, which is made if there is none yet. */
    public static Path of(Optional<Path> configured, Path dataFolder) {
        if (configured.isPresent()) {
            return configured.get();
        }
        Path file = dataFolder.resolve(NAME);
        SecretFile.readOrMake(file, KeyFile::make);
        return file;
    }

    private static String make() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    /** What encrypts under the key in the file. */
    @AccessesPartialKey
    static Aead read(Path file) {
        try {
            AeadConfig.register();
            byte[] key = Base64.getDecoder().decode(SecretFile.read(file));
            if (key.length != BYTES) {
                throw new IllegalArgumentException("it has " + key.length + " bytes");
            }
            AesGcmParameters parameters = AesGcmParameters.builder()
                    .setKeySizeBytes(BYTES)
                    .setIvSizeBytes(12)
                    .setTagSizeBytes(16)
                    .setVariant(AesGcmParameters.Variant.NO_PREFIX)
                    .build();
            AesGcmKey aes = AesGcmKey.builder()
                    .setParameters(parameters)
                    .setKeyBytes(SecretBytes.copyFrom(key, InsecureSecretKeyAccess.get()))
                    .build();
            KeysetHandle handle = KeysetHandle.newBuilder()
                    .addEntry(KeysetHandle.importKey(aes).withRandomId().makePrimary())
                    .build();
            return handle.getPrimitive(RegistryConfiguration.get(), Aead.class);
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new VaultException(
                    "key file " + file + " does not hold 32 bytes in Base64 (openssl rand -base64 32 makes such a key)",
                    e);
        }
    }
}
