package dev.leasehold.engine.plan;

import dev.leasehold.store.Json;
import org.jspecify.annotations.Nullable;

/**
 * How far a run is, as its handler said last.
 *
 * @param percent 0 to 100
 */
public record Progress(int percent, String message) {

    private static final int MESSAGE_MAX = 500;

    public static Progress of(int percent, @Nullable String message) {
        String text = Texts.storable(message, MESSAGE_MAX);
        return new Progress(Math.max(0, Math.min(100, percent)), text == null ? "" : Secrets.masked(text));
    }

    String json() {
        return Json.write(this);
    }
}
