package dev.leasehold.admin.http;

import java.util.Set;

/**
 * Who calls.
 *
 * @param name id of the token, for the audit log; never the token
 * @param scopes what it allows
 */
public record Principal(String name, Set<Scope> scopes) {

    public Principal {
        scopes = Set.copyOf(scopes);
    }

    public boolean may(Scope scope) {
        return scope.isIn(scopes);
    }
}
