package dev.leasehold.dashboard;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Beat;
import dev.leasehold.admin.http.Broadcaster;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.admin.http.ServerSent;
import dev.leasehold.admin.overview.Overview;
import dev.leasehold.admin.overview.OverviewReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * The first page, and the stream that keeps it live: once a second the overview is read once for all listeners, and the
 * fragments that changed are sent as HTML of the same templates.
 */
public final class Dashboard {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final OverviewReader reader;
    private final Broadcaster<List<ByteString>> broadcaster;
    private final Map<String, String> shown = new HashMap<>();

    /** A dashboard whose stream ends with the system. */
    public Dashboard(ActorSystem<?> system, OverviewReader reader) {
        this.reader = reader;
        this.broadcaster = new Broadcaster<>(system, "dashboard");
        Beat.start(system, broadcaster::hasListeners, reader::read, this::publish);
    }

    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/", Scope.READ, this::page),
                Endpoint.get("/live", Scope.READ, this::live),
                Assets.endpoint(),
                Assets.favicon());
    }

    private CompletionStage<HttpResponse> page(Call call) {
        return reader.read().thenApply(overview -> Answers.html(200, Pages.overview(overview)));
    }

    /** A new listener gets every fragment first: what changed since its page was rendered is among them. */
    private CompletionStage<HttpResponse> live(Call call) {
        Source<List<ByteString>, NotUsed> changes = broadcaster.listen();
        return reader.read()
                .thenApply(overview -> ServerSent.response(Source.single(events(Pages.fragments(overview)))
                        .concat(changes)
                        .mapConcat(events -> events)));
    }

    private void publish(Overview overview) {
        Map<String, String> changed = new HashMap<>();
        synchronized (shown) {
            Pages.fragments(overview).forEach((id, html) -> {
                if (!Objects.equals(shown.put(id, html), html)) {
                    changed.put(id, html);
                }
            });
        }
        broadcaster.publish(events(changed));
    }

    private static List<ByteString> events(Map<String, String> fragments) {
        List<ByteString> events = new ArrayList<>();
        fragments.forEach((id, html) -> events.add(ServerSent.event("fragment", null, json(id, html))));
        return events;
    }

    private static String json(String id, String html) {
        try {
            return JSON.writeValueAsString(Map.of("id", id, "html", html));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("two texts can be written as JSON", e);
        }
    }
}
