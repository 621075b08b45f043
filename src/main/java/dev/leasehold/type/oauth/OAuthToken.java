package dev.leasehold.type.oauth;

import dev.leasehold.task.PayloadField;

/**
 * Which stored connection to keep alive.
 *
 * @param connection its id within the task's tenant
 */
public record OAuthToken(
        @PayloadField(value = "id of the stored connection", required = true)
        String connection) {

    public OAuthToken {
        if (connection == null || !connection.matches("[A-Za-z0-9._:@-]{1,128}")) {
            throw new IllegalArgumentException("connection must be an id of 1 to 128 letters, digits and . _ : @ -");
        }
    }
}
