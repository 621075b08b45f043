package dev.leasehold.lease;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Keeps hold of the TCP socket below a connection. The driver's abort closes the TLS socket above it, which waits for
 * whoever is stuck in a write; this one can be closed under him. Public because the driver makes it by its name.
 */
public final class RawSockets extends SocketFactory {

    private static final Map<String, RawSockets> CONNECTING = new ConcurrentHashMap<>();
    private static final AtomicLong KEYS = new AtomicLong();

    private @Nullable Socket last;
    private boolean taken;

    /** @param key from {@link #newKey} */
    public RawSockets(String key) {
        CONNECTING.put(key, this);
    }

    static String newKey() {
        return Long.toString(KEYS.incrementAndGet());
    }

    /** The socket of the connection that was made under this key; null when the driver made none. Once. */
    static @Nullable Socket take(String key) {
        RawSockets made = CONNECTING.remove(key);
        return made == null ? null : made.take();
    }

    private synchronized @Nullable Socket take() {
        taken = true;
        Socket socket = last;
        last = null;
        return socket;
    }

    /** The last one before the connection stood is its own; those after it are for cancel requests. */
    @Override
    public synchronized Socket createSocket() {
        Socket socket = new Socket();
        if (!taken) {
            last = socket;
        }
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return getDefault().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return getDefault().createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return getDefault().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return getDefault().createSocket(address, port, localAddress, localPort);
    }
}
