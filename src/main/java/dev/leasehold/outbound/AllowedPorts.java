package dev.leasehold.outbound;

import java.util.Set;

/** The ports that a kind of call may use; an empty set means any. */
public record AllowedPorts(Set<Integer> ports) {

    public static final AllowedPorts ANY = new AllowedPorts(Set.of());

    /** 80 and 443: for crawlers, which follow links that strangers wrote. */
    public static final AllowedPorts WEB = new AllowedPorts(Set.of(80, 443));

    boolean allows(int port) {
        return ports.isEmpty() || ports.contains(port);
    }
}
