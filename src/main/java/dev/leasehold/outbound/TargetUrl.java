package dev.leasehold.outbound;

import java.net.IDN;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL that was read once, for the check and for the use alike: two readers that disagree about the host are how guards
 * are passed.
 *
 * @param host lower case, ASCII, without brackets and without a trailing dot
 * @param literal the address, where the host is one
 * @param pathAndQuery what stands in the request line
 */
public record TargetUrl(
        String scheme, String host, @Nullable InetAddress literal, int port, String pathAndQuery) {

    /** Longest URL that is accepted. */
    public static final int LONGEST = 2048;

    private static final Pattern NAME =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
    private static final Pattern NUMERIC_END = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)");
    private static final Pattern PORT = Pattern.compile("\\d{1,5}");

    /**
     * Reads an absolute http or https URL.
     *
     * @throws IllegalArgumentException when it is none, or written in a way that is refused; the message says why and
     *     does not repeat the URL
     */
    public static TargetUrl parse(String text) {
        check(text.length() <= LONGEST, "is longer than " + LONGEST + " characters");
        URI uri = uri(text);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        check(scheme.equals("http") || scheme.equals("https"), "must begin with http:// or https://");
        String authority = uri.getRawAuthority();
        check(authority != null && !authority.isEmpty(), "has no host");
        check(authority.indexOf('@') < 0, "must not carry user or password");
        check(authority.indexOf('%') < 0, "has a host with percent signs");
        int colon = authority.indexOf(':', authority.startsWith("[") ? Math.max(authority.indexOf(']'), 0) : 0);
        String host = colon < 0 ? authority : authority.substring(0, colon);
        int port = colon < 0 ? (scheme.equals("http") ? 80 : 443) : port(authority.substring(colon + 1));
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
        String ascii =
                URI.create(target.startsWith("//") ? "/." + target : target).toASCIIString();
        return host.startsWith("[")
                ? ofIpv6(scheme, host, port, ascii)
                : ofName(scheme, host.toLowerCase(Locale.ROOT), port, ascii);
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("is not a URL (" + e.getReason() + ")", e);
        }
    }

    private static int port(String text) {
        check(PORT.matcher(text).matches(), "has a port that is no number");
        int port = Integer.parseInt(text);
        check(port >= 1 && port <= 65535, "has a port outside 1 to 65535");
        return port;
    }

    private static TargetUrl ofIpv6(String scheme, String host, int port, String target) {
        InetAddress address = host.endsWith("]") ? Addresses.literal(host.substring(1, host.length() - 1)) : null;
        if (address == null) {
            throw new IllegalArgumentException("has an address that cannot be read");
        }
        return new TargetUrl(scheme, address.getHostAddress(), address, port, target);
    }

    private static TargetUrl ofName(String scheme, String written, int port, String target) {
        String host = written.chars().allMatch(c -> c < 128) ? written : IDN.toASCII(written, IDN.USE_STD3_ASCII_RULES);
        if (host.endsWith(".")) {
            host = host.substring(0, host.length() - 1);
        }
        host = host.toLowerCase(Locale.ROOT);
        check(host.length() <= 253 && NAME.matcher(host).matches(), "has a host that cannot be a name");
        InetAddress address = null;
        if (NUMERIC_END.matcher(host).matches()) {
            address = Addresses.literal(host);
            check(address != null, "has an address that is not four plain decimal numbers");
        }
        return new TargetUrl(scheme, host, address, port, target);
    }

    /**
     * Where a reference on this page leads.
     *
     * @throws IllegalArgumentException as {@link #parse}
     */
    public TargetUrl resolve(String reference) {
        String text = reference.strip().replace(" ", "%20");
        int query = pathAndQuery.indexOf('?');
        if (text.isEmpty() || text.startsWith("#")) {
            return this;
        }
        if (text.startsWith("?")) {
            // java.net.URI follows an older standard here and would drop the last part of the path.
            text = (query < 0 ? pathAndQuery : pathAndQuery.substring(0, query)) + text;
        }
        return parse(uri(toString()).resolve(uri(text)).toString());
    }

    /** Same scheme, host and port. */
    public boolean sameOrigin(TargetUrl other) {
        return scheme.equals(other.scheme) && host.equals(other.host) && port == other.port;
    }

    /** Scheme, host and port as a URL begins with them. */
    public String origin() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        boolean usual = port == (scheme.equals("http") ? 80 : 443);
        return scheme + "://" + name + (usual ? "" : ":" + port);
    }

    /** For messages and logs: without the query. */
    public String display() {
        int query = pathAndQuery.indexOf('?');
        return origin() + (query < 0 ? pathAndQuery : pathAndQuery.substring(0, query));
    }

    @Override
    public String toString() {
        return origin() + pathAndQuery;
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
