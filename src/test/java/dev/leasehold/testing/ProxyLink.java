package dev.leasehold.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** One connection through a {@link TcpProxy}. */
public final class ProxyLink {

    private static final int PIECE = 32 * 1024;

    private final TcpProxy proxy;
    private final Socket client;
    private final Socket server;
    private volatile boolean stalled;
    private volatile boolean dropsNextAnswer;
    private volatile boolean asked;
    private final AtomicInteger pieces = new AtomicInteger();
    private final AtomicLong bytesUntilStall = new AtomicLong();

    ProxyLink(TcpProxy proxy, Socket client, Socket server) {
        this.proxy = proxy;
        this.client = client;
        this.server = server;
    }

    /** As {@code inet_client_port()} tells it. */
    public int portSeenByServer() {
        return server.getLocalPort();
    }

    /** What the client has sent, in pieces: a request that the driver sends at once is one. */
    public int pieces() {
        return pieces.get();
    }

    /** Nothing passes any more, in either direction, until switched off. */
    public void stall(boolean on) {
        stalled = on;
    }

    /** The same as soon as the client has sent so much more: in the middle of something big. */
    public void stallAfter(long bytes) {
        bytesUntilStall.set(bytes);
    }

    private void count(int bytes) {
        if (bytesUntilStall.get() > 0 && bytesUntilStall.addAndGet(-bytes) <= 0) {
            stalled = true;
        }
    }

    boolean isStalled() {
        return stalled;
    }

    /** What the client sends next reaches the server; the answer is swallowed, and then the connection is cut. */
    public void dropNextAnswer() {
        asked = false;
        dropsNextAnswer = true;
    }

    /** Closes both ends at once, without a farewell. */
    public void cut() {
        cut(client);
        cut(server);
        proxy.forget(this);
    }

    static void cut(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // Closed already.
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket of the proxy cannot be closed", e);
        }
    }

    void up() {
        pass(client, server, true);
    }

    void down() {
        pass(server, client, false);
    }

    private void pass(Socket from, Socket to, boolean up) {
        byte[] piece = new byte[PIECE];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                if (up) {
                    count(read);
                }
                proxy.hold(this);
                if (up) {
                    pieces.incrementAndGet();
                    asked = dropsNextAnswer;
                } else if (asked) {
                    break;
                }
                out.write(piece, 0, read);
            }
            proxy.hold(this); // over a dead wire a farewell does not pass either
        } catch (IOException | InterruptedException e) {
            proxy.holdFarewell(this); // one end is gone; the other one follows
        }
        cut();
    }
}
