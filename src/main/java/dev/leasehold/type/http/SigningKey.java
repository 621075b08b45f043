package dev.leasehold.type.http;

import dev.leasehold.outbound.RequestSignature;
import dev.leasehold.type.secret.SecretFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/** The key under which calls are signed: the configured one, else one that is made once in the data folder. */
public final class SigningKey {

    /** File of the key in the data folder. */
    public static final String FILE = "http-call-signing.key";

    private static final int BYTES = 32;

    private SigningKey() {}

    /**
     * The signature under the key.
     *
     * @param configured {@code leasehold.http-call.signing-key}
     */
    public static RequestSignature of(Optional<String> configured, Path dataFolder) {
        String key = configured.orElseGet(() -> SecretFile.readOrMake(dataFolder.resolve(FILE), SigningKey::make));
        return new RequestSignature(key.getBytes(StandardCharsets.UTF_8));
    }

    private static String make() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return HexFormat.of().formatHex(key);
    }
}
