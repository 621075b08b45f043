package dev.leasehold.admin.api;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Beat;
import dev.leasehold.admin.http.Broadcaster;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.admin.http.ServerSent;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * The live stream: each event of the log as it is written, and the pools once a second. {@code Last-Event-ID} brings what
 * was missed, up to a thousand events.
 */
final class StreamRoutes {

    private static final int MOST_MISSED = 1000;

    private final Database database;
    private final PoolViews pools;
    private final EventTail tail;
    private final Broadcaster<Beaten> broadcaster;

    StreamRoutes(ActorSystem<?> system, Database database, PoolViews pools) {
        this.database = database;
        this.pools = pools;
        this.tail = new EventTail();
        this.broadcaster = new Broadcaster<>(system, "events");
        Beat.start(system, broadcaster::hasListeners, this::read, broadcaster::publish);
    }

    /** What one beat brought. */
    private record Beaten(List<Events.Row> events, ObjectNode pools) {}

    Endpoint endpoint() {
        return Endpoint.get("/api/v1/stream", Scope.READ, this::stream);
    }

    private CompletionStage<Beaten> read() {
        CompletionStage<ObjectNode> standing = pools.status()
                .apply(PoolName.PLATFORM)
                .thenCombine(pools.status().apply(PoolName.USERDATA), (platform, userdata) -> {
                    ObjectNode json = Views.object();
                    json.set(platform.pool().label(), LeaseRoutes.pool(platform));
                    json.set(userdata.pool().label(), LeaseRoutes.pool(userdata));
                    return json;
                });
        return database.read("stream", tail::read).thenCombine(standing, Beaten::new);
    }

    private CompletionStage<HttpResponse> stream(Call call) {
        Optional<Long> last = lastEventId(call);
        // Listening begins before the missed ones are read, so that nothing falls between the two.
        Source<Beaten, NotUsed> live = broadcaster.listen();
        if (last.isEmpty()) {
            return CompletableFuture.completedFuture(
                    ServerSent.response(live.mapConcat(beaten -> events(beaten, Set.of()))));
        }
        return database.read("stream", connection -> Events.since(connection, last.get(), MOST_MISSED))
                .thenApply(missed -> {
                    Set<Long> sent = missed.stream().map(Events.Row::id).collect(Collectors.toSet());
                    return ServerSent.response(Source.from(missed)
                            .map(StreamRoutes::event)
                            .concat(live.mapConcat(beaten -> events(beaten, sent))));
                });
    }

    private static Iterable<ByteString> events(Beaten beaten, Set<Long> sent) {
        List<ByteString> texts = new java.util.ArrayList<>();
        for (Events.Row row : beaten.events()) {
            if (!sent.contains(row.id())) {
                texts.add(event(row));
            }
        }
        texts.add(ServerSent.event("pools", null, Json.write(beaten.pools())));
        return texts;
    }

    private static ByteString event(Events.Row row) {
        return ServerSent.event("event", Long.toString(row.id()), Json.write(Views.event(row)));
    }

    private static Optional<Long> lastEventId(Call call) {
        Optional<String> header = call.header("Last-Event-ID").filter(value -> !value.isBlank());
        if (header.isPresent() && !header.get().matches("[0-9]{1,18}")) {
            throw new ProblemException(ErrorCode.BAD_REQUEST, "Last-Event-ID is not one that this stream gave");
        }
        return header.map(Long::valueOf);
    }
}
