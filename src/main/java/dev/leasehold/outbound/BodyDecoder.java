package dev.leasehold.outbound;

import dev.leasehold.outbound.OutboundException.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** Unpacks a body while counting: a few kilobytes may unpack to gigabytes. */
final class BodyDecoder {

    /** A body as it is passed on. */
    @SuppressWarnings("ArrayRecordComponent") // bytes that nobody changes or compares
    record Decoded(byte[] bytes, boolean truncated) {}

    /** What is allowed: how much, and what happens beyond it. */
    record Limits(int maxBytes, int maxRatio, boolean truncate) {}

    /** Ratios mean nothing for tiny bodies: a page of blanks is harmless. */
    private static final int RATIO_FROM = 1 << 20;

    private BodyDecoder() {}

    /** @param encoding value of Content-Encoding; empty for none */
    static Decoded decode(byte[] wire, boolean wireTruncated, String encoding, Limits limits, TargetUrl url) {
        String name = encoding.strip().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "", "identity" -> plain(wire, wireTruncated, limits, url);
            case "gzip", "x-gzip", "deflate" -> unpacked(wire, wireTruncated, name, limits, url);
            default ->
                throw new OutboundException(
                        Kind.PROTOCOL, true, url.display() + " answered in an encoding that was not asked for", null);
        };
    }

    private static Decoded plain(byte[] wire, boolean wireTruncated, Limits limits, TargetUrl url) {
        if (wire.length <= limits.maxBytes()) {
            return new Decoded(wire, wireTruncated);
        }
        if (!limits.truncate()) {
            throw tooLarge(url, "more than " + limits.maxBytes() + " bytes");
        }
        return new Decoded(Arrays.copyOf(wire, limits.maxBytes()), true);
    }

    private static Decoded unpacked(byte[] wire, boolean wireTruncated, String name, Limits limits, TargetUrl url) {
        if (wire.length == 0) {
            return new Decoded(wire, wireTruncated);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (InputStream in = open(wire, name)) {
            byte[] chunk = new byte[8192];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                int room = limits.maxBytes() - out.size();
                out.write(chunk, 0, Math.min(read, room));
                if (read > room) {
                    return overflow(out, limits, url);
                }
                if (out.size() > RATIO_FROM && out.size() / wire.length > limits.maxRatio()) {
                    throw tooLarge(url, "unpacked more than " + limits.maxRatio() + " times its size");
                }
            }
            return new Decoded(out.toByteArray(), wireTruncated);
        } catch (EOFException e) {
            if (wireTruncated) {
                return new Decoded(out.toByteArray(), true);
            }
            throw new OutboundException(Kind.PROTOCOL, true, url.display() + " answered with a cut " + name, e);
        } catch (IOException e) {
            throw new OutboundException(Kind.PROTOCOL, true, url.display() + " answered with a broken " + name, e);
        }
    }

    private static Decoded overflow(ByteArrayOutputStream out, Limits limits, TargetUrl url) {
        if (limits.truncate()) {
            return new Decoded(out.toByteArray(), true);
        }
        throw tooLarge(url, "more than " + limits.maxBytes() + " bytes unpacked");
    }

    private static InputStream open(byte[] wire, String name) throws IOException {
        InputStream packed = new ByteArrayInputStream(wire);
        return name.equals("deflate") ? new InflaterInputStream(packed) : new GZIPInputStream(packed);
    }

    static OutboundException tooLarge(TargetUrl url, String how) {
        return new OutboundException(Kind.TOO_LARGE, true, url.display() + " answered " + how, null);
    }
}
