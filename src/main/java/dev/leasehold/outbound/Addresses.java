package dev.leasehold.outbound;

import dev.leasehold.config.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses are private, local or otherwise not the public Internet. A table of our own: the JDK's predicates miss
 * carrier-grade NAT, documentation and benchmark networks, unique local IPv6, and IPv4 hidden inside IPv6.
 */
final class Addresses {

    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private static final List<Network> REFUSED = networks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "::1/128",
            "64:ff9b:1::/48",
            "100::/64",
            "2001:2::/48",
            "2001:10::/28",
            "2001:20::/28",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8");

    private static final Network IPV4_COMPATIBLE = network("::/96");
    private static final Network NAT64 = network("64:ff9b::/96");
    private static final Network SIX_TO_FOUR = network("2002::/16");
    private static final Network TEREDO = network("2001::/32");

    private Addresses() {}

    private static List<Network> networks(String... texts) {
        return Stream.of(texts).map(Addresses::network).toList();
    }

    private static Network network(String text) {
        return Network.parse(text).orElseThrow();
    }

    /** Whether the address, or an IPv4 address that it wraps, is outside the public Internet. */
    static boolean refused(InetAddress address) {
        if (REFUSED.stream().anyMatch(network -> network.contains(address))) {
            return true;
        }
        if (!(address instanceof Inet6Address)) {
            return false;
        }
        byte[] bytes = address.getAddress();
        if (IPV4_COMPATIBLE.contains(address) || NAT64.contains(address)) {
            return refused(ipv4(bytes, 12, 0));
        }
        if (SIX_TO_FOUR.contains(address)) {
            return refused(ipv4(bytes, 2, 0));
        }
        // Teredo carries the server plainly and the client with all bits inverted.
        return TEREDO.contains(address) && (refused(ipv4(bytes, 4, 0)) || refused(ipv4(bytes, 12, 0xff)));
    }

    /** The IPv4 address in four bytes of an IPv6 one. */
    private static InetAddress ipv4(byte[] bytes, int offset, int invert) {
        byte[] four = new byte[4];
        for (int i = 0; i < 4; i++) {
            four[i] = (byte) (bytes[offset + i] ^ invert);
        }
        try {
            return InetAddress.getByAddress(four);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /**
     * The address of a literal, without asking any name service; null when the text is none. Only the full dotted form
     * without leading zeros counts as IPv4: {@code 0177.0.0.1} means one host to Java and another to C.
     */
    static @Nullable InetAddress literal(String text) {
        var quad = IPV4.matcher(text);
        if (quad.matches()) {
            for (int group = 1; group <= 4; group++) {
                String part = quad.group(group);
                if ((part.length() > 1 && part.charAt(0) == '0') || Integer.parseInt(part) > 255) {
                    return null;
                }
            }
        } else if (!IPV6.matcher(text).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
