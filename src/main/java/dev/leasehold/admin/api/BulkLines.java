package dev.leasehold.admin.api;

import akka.NotUsed;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Framing;
import akka.stream.javadsl.FramingTruncation;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Problems;
import dev.leasehold.admin.http.StrictJson;
import dev.leasehold.engine.Engine;
import dev.leasehold.store.Json;
import dev.leasehold.store.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Creates tasks from lines of JSON without end: a thousand lines a transaction, one line of answer for each line, sent as
 * its transaction has committed, each with the number of its line. A wrong line is answered with its problem and left out;
 * the others are created. The sender is read no faster than the database takes the tasks.
 */
final class BulkLines {

    static final String MEDIA_TYPE = "application/x-ndjson";

    private static final int LINES_A_TRANSACTION = 1000;
    private static final int LONGEST_LINE = CreateRoutes.LARGEST_ONE;

    /** A batch that does not fill is written after this long, so that a slow sender gets its answers too. */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);

    private final Database database;
    private final Engine engine;
    private final TaskReader reader;

    BulkLines(Database database, Engine engine, TaskReader reader) {
        this.database = database;
        this.engine = engine;
        this.reader = reader;
    }

    /**
     * One line: a task, or what is wrong with it.
     *
     * @param number from 1, empty lines counted too, as an editor counts
     */
    private record Line(
            long number,
            Optional<TaskDraft> draft,
            @Nullable Problem problem) {}

    CompletionStage<HttpResponse> answer(Call call) {
        Principal caller = CreateRoutes.caller(call);
        AtomicLong seen = new AtomicLong();
        Source<ByteString, ?> answers = call.request()
                .entity()
                .withoutSizeLimit()
                .getDataBytes()
                .via(Framing.delimiter(ByteString.fromString("\n"), LONGEST_LINE, FramingTruncation.ALLOW))
                .map(line -> new Numbered(seen.incrementAndGet(), line))
                .filter(line -> !line.text().utf8String().isBlank())
                .map(line -> read(line, caller))
                .groupedWithin(LINES_A_TRANSACTION, LONGEST_WAIT)
                .mapAsync(1, lines -> write(lines, call))
                .recoverWithRetries(
                        1,
                        new akka.japi.pf.PFBuilder<Throwable, Source<ByteString, NotUsed>>()
                                .matchAny(failure -> Source.single(broken(failure, seen.get() + 1, call.requestId())))
                                .build());
        return CompletableFuture.completedFuture(
                HttpResponse.create().withEntity(HttpEntities.create(Answers.contentType(MEDIA_TYPE), answers)));
    }

    private record Numbered(long number, ByteString text) {}

    private Line read(Numbered line, Principal caller) {
        try {
            Faults faults = new Faults();
            Optional<TaskDraft> draft = reader.read(StrictJson.read(line.text().toArray()), "", caller, faults);
            faults.check();
            return new Line(line.number(), draft, null);
        } catch (ProblemException e) {
            return new Line(line.number(), Optional.empty(), e.problem());
        }
    }

    private CompletionStage<ByteString> write(List<Line> lines, Call call) {
        List<TaskDraft> drafts =
                lines.stream().flatMap(line -> line.draft().stream()).toList();
        return database.change("bulk", CreateRoutes.insert(drafts, CreateRoutes.node(engine), call.who()))
                .handle((created, failure) -> {
                    if (failure != null) {
                        Problem problem = Problems.of(failure, call.requestId());
                        return text(lines.stream()
                                .map(line -> problem(line.number(), line.problem() == null ? problem : line.problem()))
                                .toList());
                    }
                    engine.created(
                            created.stream().filter(Tasks.Created::created).toList());
                    return text(answers(lines, created));
                });
    }

    private static List<ObjectNode> answers(List<Line> lines, List<Tasks.Created> created) {
        List<ObjectNode> answers = new ArrayList<>(lines.size());
        int next = 0;
        for (Line line : lines) {
            if (line.problem() != null) {
                answers.add(problem(line.number(), line.problem()));
            } else {
                Tasks.Created one = created.get(next++);
                answers.add(Views.object()
                        .put("line", line.number())
                        .put("id", Long.toString(one.id()))
                        .put("created", one.created()));
            }
        }
        return answers;
    }

    private static ObjectNode problem(long line, Problem problem) {
        ObjectNode json = Views.object().put("line", line);
        json.set("error", problem.json());
        return json;
    }

    /** The last line where the stream itself is broken: a line that is too long, or a sender that went away. */
    private static ByteString broken(Throwable failure, long line, String requestId) {
        Problem problem = failure instanceof akka.stream.scaladsl.Framing.FramingException
                ? Problem.of(
                        dev.leasehold.admin.http.ErrorCode.TOO_LARGE,
                        "a line must be at most " + LONGEST_LINE + " bytes; what comes after it was not read")
                : Problems.of(failure, requestId);
        return text(List.of(problem(line, problem)));
    }

    private static ByteString text(List<ObjectNode> answers) {
        StringBuilder text = new StringBuilder();
        answers.forEach(answer -> text.append(Json.write(answer)).append('\n'));
        return ByteString.fromString(text.toString());
    }
}
