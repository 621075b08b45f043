package dev.leasehold.config;

import com.typesafe.config.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Where something listens. */
public record Endpoint(String host, int port) {

    /** Reads {@code host} and {@code port} of a block. */
    public static Endpoint from(Config config, String block) {
        SettingReader settings = SettingReader.of(config, block);
        return new Endpoint(settings.host("host"), settings.port("port"));
    }

    /** Whether only this machine reaches it. A name that has no address yet counts as reached by others. */
    public boolean isLoopback() {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Sees whether it can be listened on, so that a port in use is said at once and clearly; the answer may be outdated
     * when the real listener comes.
     *
     * @param block the block it was read from, for the message
     * @throws InvalidSettingException when it cannot
     */
    public void checkFree(String block) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new InvalidSettingException(block + ".host is '" + host
                        + "', which has no address; allowed: a host name that this machine can resolve, or an address");
            }
            socket.bind(address);
        } catch (IOException e) {
            throw new InvalidSettingException("cannot listen on " + this + " (" + block + "): " + e.getMessage()
                    + "; another program may have it: stop that, or choose another host or port");
        }
    }

    /** As it stands in a URL. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }
}
