package dev.leasehold.task;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** The lane in which a task lives for its whole life. The function {@code leasehold.lane_of} in SQL computes the same. */
public final class LaneOf {

    private LaneOf() {}

    /**
     * By concurrency key where there is one, so that one node decides for the key, else by id.
     *
     * @param lanes number of lanes
     */
    public static int task(long id, @Nullable String concurrencyKey, int lanes) {
        return concurrencyKey == null ? (int) (id % lanes) : name(concurrencyKey, lanes);
    }

    /** The lane at which the name of a key, queue, type or tenant is at home. */
    public static int name(String name, int lanes) {
        byte[] digest = md5(name);
        int head = (digest[0] & 0xff) << 24 | (digest[1] & 0xff) << 16 | (digest[2] & 0xff) << 8 | (digest[3] & 0xff);
        return (head & Integer.MAX_VALUE) % lanes;
    }

    private static byte[] md5(String text) {
        try {
            return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }
}
