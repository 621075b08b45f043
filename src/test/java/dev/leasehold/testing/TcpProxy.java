package dev.leasehold.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A wire between client and server on loopback that a test can make slow, cut, or let go dead. */
public final class TcpProxy implements AutoCloseable {

    private static final int BUFFER = 64 * 1024;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final ServerSocket door;
    private volatile int target;
    private final Set<ProxyLink> links = ConcurrentHashMap.newKeySet();
    private final Set<Socket> unanswered = ConcurrentHashMap.newKeySet();
    private final Object calm = new Object();
    private volatile Duration delay = Duration.ZERO;
    private volatile boolean blackHole;
    private volatile boolean stalled;
    private volatile boolean closed;

    /** Listens on a free port of loopback and leads to this one. */
    public TcpProxy(int target) {
        this.target = target;
        try {
            door = new ServerSocket();
            door.setReceiveBufferSize(BUFFER);
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("door", this::welcome);
    }

    public int port() {
        return door.getLocalPort();
    }

    /** Where new connections lead from now on. */
    public void redirect(int port) {
        target = port;
    }

    /** How long each piece of data is under way, half of it to all of it. */
    public void delay(Duration most) {
        delay = most;
    }

    /** New connections are taken and never answered, until switched off: then they are cut. */
    public void blackHole(boolean on) {
        blackHole = on;
        if (!on) {
            unanswered.forEach(ProxyLink::cut);
            unanswered.clear();
        }
    }

    /** Nothing passes on any connection, in either direction; senders are held up once buffers are full. */
    public void stall(boolean on) {
        synchronized (calm) {
            stalled = on;
            calm.notifyAll();
        }
    }

    /** Cuts all connections. */
    public void cutAll() {
        links.forEach(ProxyLink::cut);
    }

    /** The connection that the server sees coming from this port. */
    public ProxyLink link(int portSeenByServer) {
        return links.stream()
                .filter(link -> link.portSeenByServer() == portSeenByServer)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no connection from port " + portSeenByServer));
    }

    public int connections() {
        return links.size();
    }

    private void welcome() {
        while (!closed) {
            try {
                Socket client = door.accept();
                if (blackHole) {
                    unanswered.add(client);
                } else {
                    connect(client);
                }
            } catch (IOException e) {
                if (!closed) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 5_000);
        } catch (IOException e) {
            ProxyLink.cut(client); // the server is away: as without a proxy
            return;
        }
        ProxyLink link = new ProxyLink(this, client, server);
        links.add(link);
        start("up", link::up);
        start("down", link::down);
    }

    void forget(ProxyLink link) {
        links.remove(link);
    }

    /** Between the arrival of a piece of data and its passing on. */
    void hold(ProxyLink link) throws InterruptedException {
        long millis = delay.toMillis();
        if (millis > 0) {
            long until = System.nanoTime()
                    + Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1))
                            .toNanos();
            while (System.nanoTime() - until < 0) {
                java.util.concurrent.locks.LockSupport.parkNanos(until - System.nanoTime());
            }
        }
        synchronized (calm) {
            while ((stalled || link.isStalled()) && !closed) {
                calm.wait(100);
            }
        }
    }

    /** The same when one end has gone away. */
    void holdFarewell(ProxyLink link) {
        try {
            hold(link);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "proxy-" + name + "-" + NUMBER.incrementAndGet());
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        door.close();
        stall(false);
        blackHole(false);
        cutAll();
    }
}
