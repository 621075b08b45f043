package dev.leasehold.admin.http;

import akka.actor.ClassicActorSystemProvider;
import akka.http.javadsl.model.AttributeKeys;
import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.stream.javadsl.Sink;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * One request on its way to its endpoint.
 *
 * @param parameters what the path says for the endpoint's parameters
 * @param principal who calls; empty only on open endpoints
 * @param requestId for the log and the audit; also in the answer
 */
public record Call(
        HttpRequest request,
        Map<String, String> parameters,
        Optional<Principal> principal,
        String requestId,
        ClassicActorSystemProvider system) {

    private static final Duration BODY_TIMEOUT = Duration.ofSeconds(15);

    /** A parameter of the endpoint's path. */
    public String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("the endpoint's path has no {" + name + "}");
        }
        return value;
    }

    public Query query() {
        return new Query(Optional.of(request.getUri()));
    }

    public Optional<String> header(String name) {
        return request.getHeader(name).map(HttpHeader::value);
    }

    /** Name of the caller for the audit log. */
    public String who() {
        return principal.map(Principal::name).orElse("anonymous");
    }

    public Optional<InetAddress> remoteAddress() {
        return request.getAttribute(AttributeKeys.remoteAddress).flatMap(address -> address.getAddress());
    }

    /** Whether the client prefers a page: a browser that was sent here by a person. */
    public boolean wantsPage() {
        return header("Accept").orElse("").contains("text/html");
    }

    /** The media type of the body, without its parameters. */
    public String mediaType() {
        ContentType type = request.entity().getContentType();
        return type.mediaType().mainType() + "/" + type.mediaType().subType();
    }

    /** The body as JSON: fails with 415, 413 or 400. */
    public CompletionStage<JsonNode> json(long maxBytes) {
        return jsonBytes(maxBytes).thenApply(StrictJson::read);
    }

    /** The bytes of a body that says it is JSON: fails with 415 or 413. */
    public CompletionStage<byte[]> jsonBytes(long maxBytes) {
        if (!mediaType().equals("application/json")) {
            String sent = mediaType().equals("none/none") ? "" : ", not " + mediaType();
            return discarded(Problem.of(ErrorCode.UNSUPPORTED_TYPE, "send Content-Type: application/json" + sent));
        }
        return bytes(maxBytes);
    }

    /** The bytes of the body: fails with 413. */
    public CompletionStage<byte[]> bytes(long maxBytes) {
        Problem tooLarge = Problem.of(ErrorCode.TOO_LARGE, "the body must be at most " + maxBytes + " bytes");
        if (request.entity().getContentLengthOption().orElse(0) > maxBytes) {
            return discarded(tooLarge);
        }
        return request.entity()
                .withoutSizeLimit()
                .getDataBytes()
                .completionTimeout(BODY_TIMEOUT)
                .runFold(new Body(maxBytes, ByteString.emptyByteString(), false), Body::plus, system)
                .exceptionally(failure -> {
                    throw Problems.unwrap(failure) instanceof TimeoutException
                            ? new ProblemException(ErrorCode.BODY_TOO_SLOW, "the body did not arrive in time")
                            : new CompletionException(Problems.unwrap(failure));
                })
                .thenApply(body -> {
                    if (body.tooLarge()) {
                        throw new ProblemException(tooLarge);
                    }
                    return body.read().toArray();
                });
    }

    /** A sender that is still sending cannot read an answer, so what is on the way is taken first, within bounds. */
    private <T> CompletionStage<T> discarded(Problem problem) {
        return request.entity()
                .withoutSizeLimit()
                .getDataBytes()
                .limitWeighted(Body.MOST_DISCARDED, chunk -> (long) chunk.size())
                .completionTimeout(BODY_TIMEOUT)
                .runWith(Sink.ignore(), system)
                .handle((done, failure) -> problem)
                .thenCompose(answer -> CompletableFuture.failedFuture(new ProblemException(answer)));
    }

    /** What has arrived of a body; beyond the limit nothing is kept, and far beyond it the reading stops. */
    private record Body(long limit, ByteString read, boolean tooLarge) {

        private static final long MOST_DISCARDED = 64L * 1024 * 1024;

        Body plus(ByteString chunk) {
            if (tooLarge || read.size() + chunk.size() > limit) {
                return new Body(limit, ByteString.emptyByteString(), true);
            }
            return new Body(limit, read.concat(chunk), false);
        }
    }
}
