package dev.leasehold.outbound;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Lets a receiver see that a call comes from this installation, and when it was made: {@code t=<unix
 * seconds>,v1=<hex HMAC-SHA256 of "t.body">}.
 */
public final class RequestSignature {

    /** Name of the header. */
    public static final String HEADER = "Leasehold-Signature";

    private final SecretKeySpec key;

    public RequestSignature(byte[] key) {
        if (key.length < 16) {
            throw new IllegalArgumentException("leasehold.http-call.signing-key must have 16 bytes or more");
        }
        this.key = new SecretKeySpec(key, "HmacSHA256");
    }

    /** The header's value for a body that is sent now. */
    public String sign(Instant now, byte[] body) {
        long seconds = now.getEpochSecond();
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has HmacSHA256", e);
        }
    }
}
