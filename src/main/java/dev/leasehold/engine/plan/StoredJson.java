package dev.leasehold.engine.plan;

import dev.leasehold.store.Json;
import org.jspecify.annotations.Nullable;

/** Payloads of events and results of steps as JSON text that a column can hold. */
public final class StoredJson {

    private static final int LENGTH_MAX = 1024 * 1024;

    private StoredJson() {}

    /**
     * The value as JSON.
     *
     * @throws dev.leasehold.store.StoreException when Jackson cannot write it
     * @throws IllegalArgumentException when it is longer than a megabyte, or has characters that no column can hold
     */
    public static String json(@Nullable Object value) {
        String json = value == null ? "null" : Json.write(value);
        if (json.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("more than " + LENGTH_MAX + " characters of JSON");
        }
        if (json.contains("\\u0000")) {
            throw new IllegalArgumentException("the character U+0000 cannot be stored");
        }
        return json;
    }
}
