package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.Events;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static void write(String message) throws Exception {
        try (Connection connection = fixture.database.connect()) {
            Events.insert(connection, List.of(Events.Event.node("test", "node-a", message)));
        }
    }

    private static BufferedReader listen(@Nullable String lastEventId) throws Exception {
        HttpRequest.Builder request =
                fixture.request("GET", "/api/v1/stream", null).header("Authorization", "Bearer " + AdminFixture.TOKEN);
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> response =
                fixture.client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    /** Reads lines until one holds the text; returns all read. */
    private static List<String> readUntil(BufferedReader stream, String text) throws Exception {
        List<String> lines = new ArrayList<>();
        String line;
        do {
            line = stream.readLine();
            assertThat(line).as("the stream goes on: " + lines).isNotNull();
            lines.add(line);
        } while (!line.contains(text));
        return lines;
    }

    @Test
    void sendsPoolsAndEachNewEventOnce() throws Exception {
        write("before");
        try (BufferedReader stream = listen(null)) {
            readUntil(stream, "event: pools");
            write("first");
            List<String> first = readUntil(stream, "first");
            write("second");
            List<String> second = readUntil(stream, "second");

            assertThat(String.join("\n", first)).contains("event: event").doesNotContain("\"before\"");
            assertThat(String.join("\n", second)).doesNotContain("\"first\"");
        }
    }

    @Test
    void bringsWhatWasMissed() throws Exception {
        write("seen");
        long seen = fixture.count("SELECT max(id) FROM leasehold.event");
        write("missed one");
        write("missed two");

        try (BufferedReader stream = listen(Long.toString(seen))) {
            List<String> lines = readUntil(stream, "missed two");

            assertThat(String.join("\n", lines)).contains("missed one").doesNotContain("\"seen\"");
        }
    }

    @Test
    void refusesPositionThatItDidNotGive() throws Exception {
        AdminFixture.Answer answer = fixture.send(fixture.request("GET", "/api/v1/stream", null)
                .header("Authorization", "Bearer " + AdminFixture.TOKEN)
                .header("Last-Event-ID", "x' OR 1=1"));

        assertThat(answer.status()).isEqualTo(400);
    }
}
