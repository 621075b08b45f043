package dev.leasehold.type.oauth;

import java.util.Locale;

/** What a provider does with a refresh token once it was used. */
enum Policy {
    /** It stays the same. */
    NONE,
    /** There is a new one, and the old one goes on working. */
    LENIENT,
    /** There is a new one, and the old one works for a while. */
    GRACE,
    /** There is a new one, and a second use of the old one may end the grant. Also what nobody knows of yet. */
    STRICT;

    static Policy of(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
