package dev.leasehold.lease;

import org.jspecify.annotations.Nullable;

/**
 * Where a pool's database is.
 *
 * @param url JDBC URL of PostgreSQL
 * @param user null when the URL names it, as is password
 */
public record DatabaseAddress(
        String url, @Nullable String user, @Nullable String password) {

    public DatabaseAddress {
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("not a JDBC URL of PostgreSQL");
        }
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        int query = url.indexOf('?');
        return (query < 0 ? url : url.substring(0, query)) + (user == null ? "" : " as " + user);
    }
}
