package dev.leasehold.type.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.RequestSignature;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import dev.leasehold.type.failure.CallFailures;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Calls an outside system and tells it enough to recognise repetitions and overtaken attempts: an idempotency key that is
 * the same for all attempts of a run, the attempt, the fence, and a signature over time and body.
 */
public final class HttpCallHandler implements TaskHandler<HttpCall> {

    /** Name of the type. */
    public static final String NAME = "http-call";

    private final OutboundClient client;
    private final RequestSignature signature;
    private final Clock clock;

    public HttpCallHandler(OutboundClient client, RequestSignature signature, Clock clock) {
        this.client = client;
        this.signature = signature;
        this.clock = clock;
    }

    @Override
    public TaskType<HttpCall> type() {
        return TaskType.of(NAME, HttpCall.class)
                .description("Calls an outside system over HTTP")
                .timeout(Duration.ofMinutes(1));
    }

    @Override
    public Outcome run(HttpCall call, TaskContext context) throws InterruptedException {
        try {
            OutboundResponse answer = client.send(request(call, context));
            HttpCallResult result = HttpCallResult.of(answer);
            return call.expects(answer.status())
                    ? Outcome.success(result)
                    : CallFailures.of(answer, clock).withResult(result);
        } catch (OutboundException e) {
            return CallFailures.of(e);
        }
    }

    private OutboundRequest request(HttpCall call, TaskContext context) {
        byte[] body = body(call.body());
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.put("Content-Type", call.body() == null || call.body().isTextual() ? "text/plain" : "application/json");
        headers.putAll(call.headers());
        headers.put("Idempotency-Key", context.idempotencyKey());
        headers.put("Leasehold-Task", context.taskId().toString());
        headers.put("Leasehold-Attempt", Integer.toString(context.attempt()));
        headers.put("Leasehold-Fence", context.fence().toString());
        headers.put(RequestSignature.HEADER, signature.sign(clock.instant(), body));
        if (call.body() == null) {
            headers.remove("Content-Type");
        }
        return OutboundRequest.send(call.method(), TargetUrl.parse(call.url()), headers, body)
                .redirects(5)
                .truncatedAt(HttpCallResult.KEPT);
    }

    private static byte[] body(@org.jspecify.annotations.Nullable JsonNode body) {
        if (body == null) {
            return new byte[0];
        }
        return (body.isTextual() ? body.textValue() : body.toString()).getBytes(StandardCharsets.UTF_8);
    }
}
