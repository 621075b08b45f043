package dev.leasehold.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A range of addresses in CIDR form; a single address is a range of one. */
public record Network(InetAddress address, int prefixLength) {

    /** Only what cannot be a host name: asking the resolver would make a setting depend on the network. */
    private static final Pattern FORM = Pattern.compile(
            "(?<address>[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?:/(?<prefix>[0-9]{1,3}))?");

    /** The range that a text writes, or empty when it writes none. */
    public static Optional<Network> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        try {
            InetAddress address = InetAddress.getByName(form.group("address"));
            int bits = address.getAddress().length * 8;
            String prefix = form.group("prefix");
            int length = prefix == null ? bits : Integer.parseInt(prefix);
            return length > bits ? Optional.empty() : Optional.of(new Network(address, length));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Whether an address lies in it. */
    public boolean contains(InetAddress other) {
        byte[] mine = address.getAddress();
        byte[] theirs = other.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefixLength; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
