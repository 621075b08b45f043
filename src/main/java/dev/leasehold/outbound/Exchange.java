package dev.leasehold.outbound;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.http.javadsl.ClientTransport;
import akka.http.javadsl.Http;
import akka.http.javadsl.OutgoingConnection;
import akka.http.javadsl.OutgoingConnectionBuilder;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.settings.ClientConnectionSettings;
import akka.stream.ActorAttributes;
import akka.stream.KillSwitches;
import akka.stream.UniqueKillSwitch;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import dev.leasehold.outbound.OutboundException.Kind;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer on a connection of its own. Connections are not kept for later: a kept one that the other
 * side has just closed fails in a way that leaves open whether the request was read, and here that must be known.
 */
final class Exchange {

    /** An answer before it is unpacked. */
    record Answer(HttpResponse head, WireBody.Read body) {}

    private final ActorSystem system;
    private final OutboundSettings settings;
    private final ClientConnectionSettings connectionSettings;
    private final TargetUrl url;
    private final Deadline deadline;

    private final CompletableFuture<OutgoingConnection> connected = new CompletableFuture<>();
    private final CompletableFuture<HttpResponse> head = new CompletableFuture<>();
    private final WireBody body;

    Exchange(
            ActorSystem system,
            OutboundSettings settings,
            ClientConnectionSettings connectionSettings,
            TargetUrl url,
            int maxWire,
            Deadline deadline) {
        this.system = system;
        this.settings = settings;
        this.connectionSettings = connectionSettings;
        this.url = url;
        this.deadline = deadline;
        this.body = new WireBody(maxWire);
    }

    /** Sends the request to the checked address and waits for the answer; an interrupt ends the connection. */
    Answer run(InetSocketAddress address, HttpRequest request) throws InterruptedException {
        UniqueKillSwitch kill = start(address, request);
        try {
            await(connected, settings.connectTimeout(), Kind.CONNECT, false);
            HttpResponse response = await(head, settings.firstByteTimeout(), Kind.PROTOCOL, true);
            return new Answer(response, await(body.done(), settings.totalTimeout(), Kind.PROTOCOL, true));
        } finally {
            kill.shutdown();
        }
    }

    private UniqueKillSwitch start(InetSocketAddress address, HttpRequest request) {
        var running = Source.single(request)
                .concat(Source.<HttpRequest>never())
                .viaMat(connection(address), Keep.right())
                .viaMat(KillSwitches.single(), Keep.both())
                .mapAsync(1, this::read)
                .take(1)
                .toMat(Sink.ignore(), Keep.both())
                .withAttributes(ActorAttributes.dispatcher(OutboundClient.DISPATCHER))
                .run(system);
        // One after the other: a connection that stood and broke at once must not look like one that never stood.
        running.first().first().whenComplete((connection, failure) -> {
            if (failure == null) {
                connected.complete(connection);
            } else {
                connected.completeExceptionally(failure);
            }
            running.second().whenComplete((done, broken) -> ended(broken));
        });
        return running.first().second();
    }

    private void ended(@Nullable Throwable broken) {
        Throwable cause = broken == null ? new IllegalStateException("closed without an answer") : broken;
        head.completeExceptionally(cause);
        body.fail(cause);
    }

    /** Connects to the address that was checked, whatever the name leads to by now; TLS still verifies the name. */
    private Flow<HttpRequest, HttpResponse, CompletionStage<OutgoingConnection>> connection(InetSocketAddress address) {
        ClientTransport pinned =
                ClientTransport.withCustomResolver((host, port) -> CompletableFuture.completedFuture(address));
        OutgoingConnectionBuilder builder = Http.get(system)
                .connectionTo(url.host())
                .toPort(url.port())
                .withClientConnectionSettings(connectionSettings.withTransport(pinned));
        return url.scheme().equals("https") ? builder.https() : builder.http();
    }

    private CompletionStage<WireBody.Read> read(HttpResponse response) {
        head.complete(response);
        Source<akka.util.ByteString, NotUsed> pieces =
                response.entity().withoutSizeLimit().getDataBytes().mapMaterializedValue(any -> NotUsed.notUsed());
        pieces.takeWhile(body::take).runWith(Sink.ignore(), system).whenComplete((done, failure) -> {
            if (failure == null) {
                body.end();
            } else {
                body.fail(failure);
            }
        });
        return body.done();
    }

    private <T> T await(CompletableFuture<T> stage, Duration limit, Kind otherwise, boolean maybeSent)
            throws InterruptedException {
        try {
            return stage.get(Math.max(0, deadline.nanosLeft(limit)), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new OutboundException(Kind.TIMEOUT, maybeSent, url.display() + " did not answer in time", e);
        } catch (ExecutionException e) {
            throw failure(e.getCause() == null ? e : e.getCause(), otherwise, maybeSent);
        }
    }

    private OutboundException failure(Throwable cause, Kind otherwise, boolean maybeSent) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof SSLException) {
                // The request is written only after the handshake.
                return new OutboundException(
                        Kind.TLS, !head.isCompletedExceptionally(), url.display() + ": no secure connection", cause);
            }
            if (at instanceof TimeoutException) {
                return new OutboundException(Kind.TIMEOUT, maybeSent, url.display() + " did not answer in time", cause);
            }
        }
        String what = otherwise == Kind.CONNECT ? " is not reached" : " ended the connection without a full answer";
        return new OutboundException(otherwise, maybeSent, url.display() + what, cause);
    }
}
