package dev.leasehold.outbound;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The answer to a call.
 *
 * @param url of the last hop
 * @param hops the redirects that led there, in order; empty for none
 * @param body unpacked
 * @param wireBytes size of the body as it came
 * @param truncated whether more was there than was read
 * @param elapsed from the call until the answer was read, redirects included
 */
@SuppressWarnings("ArrayRecordComponent") // bytes that nobody changes or compares
public record OutboundResponse(
        int status,
        TargetUrl url,
        List<Hop> hops,
        List<Header> headers,
        byte[] body,
        long wireBytes,
        boolean truncated,
        Duration elapsed) {

    private static final Pattern CHARSET = Pattern.compile("(?i)charset=\"?([\\w.:-]+)");

    /** A redirect that was followed. */
    public record Hop(String url, int status) {}

    /** A header as it came. */
    public record Header(String name, String value) {}

    /** The first header of this name. */
    public Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.name().equalsIgnoreCase(name))
                .map(Header::value)
                .findFirst();
    }

    /** The body as text in the charset that the answer names, UTF-8 where it names none that is known. */
    public String text() {
        Matcher named = CHARSET.matcher(header("Content-Type").orElse(""));
        Charset charset = StandardCharsets.UTF_8;
        if (named.find()) {
            try {
                charset = Charset.forName(named.group(1));
            } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
                charset = StandardCharsets.UTF_8;
            }
        }
        return new String(body, charset);
    }

    /** Without body and header values, which may hold secrets. */
    @Override
    public String toString() {
        return status + " from " + url.display() + ", " + body.length + " bytes";
    }
}
