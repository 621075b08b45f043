package dev.leasehold.outbound;

import dev.leasehold.config.PrivateTargets;
import dev.leasehold.outbound.OutboundException.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Decides whether a target may be reached, and under which address. The address that it returns is the one the
 * connection goes to: the name is not looked up again, so an answer that changes between check and use changes nothing.
 * One bad address among several refuses the name.
 */
public final class TargetGuard {

    /** Names that lead into the machine or the cloud's control plane whatever a name service says. */
    private static final Set<String> REFUSED_NAMES = Set.of(
            "localhost",
            "localhost.localdomain",
            "ip6-localhost",
            "ip6-loopback",
            "metadata",
            "metadata.google.internal",
            "metadata.goog",
            "instance-data");

    private static final List<String> REFUSED_SUFFIXES = List.of(".localhost", ".local", ".internal");

    private final PrivateTargets allowed;
    private final Set<String> refusedHosts;
    private final HostResolver resolver;
    private final Supplier<Set<InetAddress>> ownAddresses;

    /**
     * @param refusedHosts the hosts of our own databases, by name or address
     * @param ownAddresses this machine's addresses, asked at every check since they change
     */
    public TargetGuard(
            PrivateTargets allowed,
            Collection<String> refusedHosts,
            HostResolver resolver,
            Supplier<Set<InetAddress>> ownAddresses) {
        this.allowed = allowed;
        this.refusedHosts = Set.copyOf(refusedHosts);
        this.resolver = resolver;
        this.ownAddresses = ownAddresses;
    }

    /** A guard that asks the system for names and for this machine's addresses. */
    public static TargetGuard of(PrivateTargets allowed, Collection<String> refusedHosts) {
        return new TargetGuard(allowed, refusedHosts, HostResolver.SYSTEM, TargetGuard::interfaceAddresses);
    }

    /**
     * The address to connect to. Blocks while the name is looked up.
     *
     * @throws OutboundException REFUSED_TARGET or UNKNOWN_HOST
     */
    InetSocketAddress check(TargetUrl url, AllowedPorts ports) {
        List<InetAddress> addresses = addresses(url);
        boolean listed = addresses.stream().allMatch(address -> allowed.allow(url.host(), address));
        if (!listed) {
            refuseName(url);
            if (!ports.allows(url.port())) {
                throw refused(url, "port " + url.port() + " is not allowed for this type");
            }
            Set<InetAddress> own = ownAddresses.get();
            for (InetAddress address : addresses) {
                refuseAddress(url, address, own);
            }
        }
        return new InetSocketAddress(addresses.get(0), url.port());
    }

    /** Whether the target is on the list of allowed private ones. */
    public boolean listed(TargetUrl url) {
        try {
            return addresses(url).stream().allMatch(address -> allowed.allow(url.host(), address));
        } catch (OutboundException e) {
            return false;
        }
    }

    private List<InetAddress> addresses(TargetUrl url) {
        if (url.literal() != null) {
            return List.of(url.literal());
        }
        try {
            List<InetAddress> found = resolver.resolve(url.host());
            if (!found.isEmpty()) {
                return found;
            }
        } catch (UnknownHostException e) {
            // said below, without the resolver's own words
        }
        throw new OutboundException(Kind.UNKNOWN_HOST, false, url.host() + " has no address", null);
    }

    private static void refuseName(TargetUrl url) {
        boolean suffix = REFUSED_SUFFIXES.stream().anyMatch(url.host()::endsWith);
        if (suffix || REFUSED_NAMES.contains(url.host())) {
            throw refused(url, "the name is local");
        }
    }

    private void refuseAddress(TargetUrl url, InetAddress address, Set<InetAddress> own) {
        if (Addresses.refused(address)) {
            throw refused(url, "its address is private or local");
        }
        if (own.contains(address)) {
            throw refused(url, "its address is this machine's");
        }
        for (String host : refusedHosts) {
            if (host.equals(url.host()) || resolved(host).contains(address)) {
                throw refused(url, "it is a database of this installation");
            }
        }
    }

    private List<InetAddress> resolved(String host) {
        try {
            return resolver.resolve(host);
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    private static OutboundException refused(TargetUrl url, String why) {
        return new OutboundException(
                Kind.REFUSED_TARGET,
                false,
                url.display() + " is refused: " + why + " (leasehold.allowed-private-targets can allow it)",
                null);
    }

    private static Set<InetAddress> interfaceAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            throw new OutboundException(Kind.REFUSED_TARGET, false, "this machine's own addresses cannot be listed", e);
        }
    }
}
