package dev.leasehold.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Speaks as much of PostgreSQL's protocol as it takes to refuse every session with one SQLSTATE. */
public final class RefusingServer implements AutoCloseable {

    private static final int SSL_REQUEST = 80_877_103;
    private static final int GSS_REQUEST = 80_877_104;

    private final ServerSocket door;
    private final String sqlState;
    private final List<Long> refusedAt = new CopyOnWriteArrayList<>();

    public RefusingServer(String sqlState) {
        this.sqlState = sqlState;
        try {
            door = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread thread = new Thread(this::serve, "refusing-server");
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return door.getLocalPort();
    }

    /** When, by the monotonic clock, in nanoseconds. */
    public List<Long> refusedAt() {
        return refusedAt;
    }

    private void serve() {
        while (!door.isClosed()) {
            try (Socket client = door.accept()) {
                refuse(client);
            } catch (IOException e) {
                // The client has left, or the test is over.
            }
        }
    }

    private void refuse(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        int length = in.readInt();
        int code = in.readInt();
        while (code == SSL_REQUEST || code == GSS_REQUEST) {
            out.writeByte('N');
            out.flush();
            length = in.readInt();
            code = in.readInt();
        }
        in.skipBytes(length - 8);
        refusedAt.add(System.nanoTime());
        byte[] fields =
                ("SFATAL\0VFATAL\0C" + sqlState + "\0Mrefused by the test\0\0").getBytes(StandardCharsets.US_ASCII);
        out.writeByte('E');
        out.writeInt(4 + fields.length);
        out.write(fields);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
