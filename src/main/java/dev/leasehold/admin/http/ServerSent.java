package dev.leasehold.admin.http;

import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Server-sent events: how they are written, and the response that carries them. */
public final class ServerSent {

    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** A stream ends after this long and is opened anew, so that no session is kept alive by an open page. */
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private static final ByteString COMMENT = ByteString.fromString(":\n\n");

    private ServerSent() {}

    /**
     * One event.
     *
     * @param id null for an event after which nobody resumes
     */
    public static ByteString event(String name, @Nullable String id, String data) {
        StringBuilder text = new StringBuilder();
        if (id != null) {
            text.append("id: ").append(id).append('\n');
        }
        text.append("event: ").append(name).append('\n');
        data.lines().forEach(line -> text.append("data: ").append(line).append('\n'));
        return ByteString.fromString(text.append('\n').toString());
    }

    /** The stream of events; a comment is sent where nothing else is, so that both sides learn of a broken connection. */
    public static HttpResponse response(Source<ByteString, ?> events) {
        Source<ByteString, ?> whole = Source.single(ByteString.fromString("retry: 2000\n\n"))
                .concat(events)
                .keepAlive(HEARTBEAT, () -> COMMENT)
                .takeWithin(LONGEST);
        return HttpResponse.create()
                .withEntity(HttpEntities.create(MediaTypes.TEXT_EVENT_STREAM.toContentType(), whole))
                .addHeader(RawHeader.create("X-Accel-Buffering", "no"));
    }
}
