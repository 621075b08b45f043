package dev.leasehold.lease.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.lease.chaos.Event.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The checker itself: a history in which all is well, and one planted violation at a time. */
class CheckerTest {

    private static final String MADE = "akka-1 in java.sql.SQLException.<init>(SQLException.java:98); ";

    private static final long SECOND = 1_000_000_000;
    private static final String BACKEND = "77 2026-01-01 00:00:10.5+00";
    private static final String OTHER = "78 2026-01-01 00:00:10.5+00";
    private static final long STARTED = LeaseStory.micros("2026-01-01 00:00:10+00");

    /** Two leases, one released and one revoked, and all the observers' samples. */
    private static List<Event> well() {
        List<Event> events = new ArrayList<>();
        add(events, 0, Kind.SERVER_UP, "", 0, STARTED, Long.toString(STARTED - 1_000));
        request(events, 1, 1, "a");
        granted(events, 1.1, 2, 1, "a", BACKEND);
        call(events, 1.2, 1.3, 2, 1, "write", "ok");
        add(events, 1.4, Kind.RELEASED, "", 2, at(1.39), "");
        add(events, 1.4, Kind.FENCE, "", 2, 0, "RELEASED");
        request(events, 2, 2, "b");
        granted(events, 2.1, 4, 2, "b", BACKEND);
        call(events, 2.2, 3.2, 4, 2, "write late", "inside");
        call(events, 2.15, 2.19, 4, 3, "overrun by limit", "57014");
        add(events, 3.1, Kind.REVOKED, "", 4, 0, "EXPIRED");
        add(events, 3.1, Kind.FENCE, "", 4, 0, "REVOKED");
        add(events, 3.3, Kind.ENDED, "", 4, STARTED + 3_300_000, "");
        call(events, 3.4, 3.5, 4, 4, "write", "refused");
        add(events, 9, Kind.ROW, "", 0, 1, Long.toString(STARTED + 1_250_000));
        add(events, 4, Kind.BACKENDS, "pools", 0, 9, "9");
        add(events, 4, Kind.LEDGER, "userdata", 0, 6, "6 2 2 0");
        add(events, 4, Kind.STACKS, "", 0, 20, "");
        add(events, 4, Kind.OPENERS, "userdata", 0, 1, "");
        add(events, 4, Kind.SESSION, "", 2, 0, "x 0 IS x 0");
        add(events, 0.5, Kind.CLOCK_SET, "", 0, 3600, "");
        add(events, 50, Kind.GUARDIAN_FAILED, "userdata", 0, 0, "");
        add(events, 60, Kind.CAPACITY, "userdata", 0, 6, "6");
        add(events, 61, Kind.CLOSED, "", 0, 0, "");
        for (int no = 0; no < 9; no++) {
            add(events, 5 + no, Kind.SIZE, "", 0, 50_000_000, "40");
        }
        return events;
    }

    private static long at(double seconds) {
        return (long) (seconds * SECOND);
    }

    private static void add(
            List<Event> events, double seconds, Kind kind, String who, long lease, long number, String text) {
        events.add(new Event(at(seconds), kind, who, lease, number, text));
    }

    private static void request(List<Event> events, double seconds, long id, String owner) {
        add(events, seconds, Kind.ASKED, owner, 0, id, "userdata TASK scope-" + owner + " 1000 6000");
        add(events, seconds + 0.01, Kind.TOLD, owner, 0, id, "");
    }

    private static void granted(
            List<Event> events, double seconds, long lease, long request, String owner, String backend) {
        add(events, seconds, Kind.GRANTED, owner, lease, request, at(seconds - 0.01) + " " + backend);
    }

    private static void call(
            List<Event> events, double from, double to, long lease, long id, String what, String outcome) {
        add(events, from, Kind.CALL, "", lease, id, what);
        add(events, to, Kind.RETURN, "", lease, id, outcome);
    }

    @Test
    void findsNothingWhereAllIsWell() {
        Checker checker = new Checker(well());

        assertThat(checker.violated()).isEmpty();
        assertThat(checker.verdicts())
                .filteredOn(verdict -> verdict.checks() == 0)
                .extracting(Verdict::property)
                .containsExactlyInAnyOrder("P8", "P13");
    }

    @Test
    void takesTheMakingOfAnExceptionForNoCall() {
        List<Event> events = new ArrayList<>(well());
        replace(events, Kind.STACKS, 20, MADE);

        assertThat(new Checker(events).violated()).isEmpty();
    }

    private static Arguments planted(String property, Consumer<List<Event>> violation) {
        return Arguments.of(property, violation);
    }

    private static void replace(List<Event> events, Kind kind, long number, String text) {
        Event old = events.stream()
                .filter(event -> event.kind() == kind)
                .findFirst()
                .orElseThrow();
        events.remove(old);
        events.add(new Event(old.at(), kind, old.who(), old.lease(), number, text));
    }

    private static void without(List<Event> events, Kind kind, long lease) {
        assertThat(events.removeIf(event -> event.kind() == kind && event.lease() == lease))
                .isTrue();
    }

    static Stream<Arguments> violations() {
        return Stream.concat(ofLeases(), Stream.concat(ofRequests(), ofServer()));
    }

    private static Stream<Arguments> ofLeases() {
        return Stream.of(
                planted("P2", events -> add(events, 3.2, Kind.REVOKED, "", 4, 0, "LEAKED")),
                planted("P2", events -> add(events, 3.2, Kind.REVOKED, "", 2, 0, "LEAKED")),
                planted("P2", events -> without(events, Kind.FENCE, 2)),
                planted("P2", events -> replace(events, Kind.LEDGER, 6, "6 3 2 0")),
                planted("P3", events -> call(events, 3.6, 3.7, 4, 9, "read", "ok")),
                planted("P3", events -> call(events, 1.6, 1.7, 2, 9, "read", "08006")),
                planted("P3", events -> add(events, 3, Kind.CALL, "", 4, 9, "read")),
                planted("P4", events -> {
                    request(events, 5, 9, "c");
                    granted(events, 5.1, 18, 9, "c", BACKEND);
                    released(events, 5.5, 18);
                }),
                planted("P4", events -> {
                    request(events, 1, 9, "c");
                    granted(events, 1.1, 3, 9, "c", BACKEND);
                    call(events, 1.25, 1.35, 3, 9, "read", "ok");
                    released(events, 1.5, 3);
                }),
                planted("P6", events -> add(events, 9, Kind.ROW, "", 0, 4, "0")),
                planted("P6", events -> add(events, 9, Kind.ROW, "", 0, 2, Long.toString(STARTED + 3_400_000))),
                planted("H14", events -> without(events, Kind.ROW, 0)),
                planted("H14", events -> add(events, 9, Kind.ROW, "", 0, 1, "0")),
                planted("H14", events -> {
                    call(events, 2.25, 2.3, 4, 9, "write", "57014");
                    add(events, 9, Kind.ROW, "", 0, 9, "0");
                }),
                planted("P8", events -> {
                    add(events, 0.05, Kind.STOPPED, "a", 0, 0, "");
                }),
                planted("P8", events -> {
                    add(events, 2.5, Kind.STOPPED, "b", 0, 0, "");
                    without(events, Kind.ENDED, 4);
                }),
                planted("P8", events -> {
                    add(events, 1.15, Kind.STOPPED, "a", 0, 0, "");
                    without(events, Kind.RELEASED, 2);
                }),
                planted("P14", events -> {
                    without(events, Kind.REVOKED, 4);
                    add(events, 3.01, Kind.REVOKED, "", 4, 0, "EXPIRED");
                }),
                planted("P14", events -> {
                    without(events, Kind.RELEASED, 2);
                    released(events, 4.2, 2);
                }),
                planted("P17", events -> {
                    call(events, 2.3, 2.4, 4, 9, "overrun by limit", "inside");
                    call(events, 2.5, 2.6, 4, 10, "overrun by limit", "inside");
                }));
    }

    private static void released(List<Event> events, double seconds, long lease) {
        add(events, seconds, Kind.RELEASED, "", lease, at(seconds - 0.01), "");
        add(events, seconds, Kind.FENCE, "", lease, 0, "RELEASED");
    }

    private static Stream<Arguments> ofRequests() {
        return Stream.of(
                planted("P7", events -> {
                    request(events, 2.05, 9, "c");
                    granted(events, 2.09, 3, 9, "c", OTHER);
                    released(events, 2.3, 3);
                }),
                planted("P7", events -> {
                    request(events, 1.5, 9, "c");
                    add(events, 7.6, Kind.DENIED, "c", 0, 9, "DEADLINE");
                }),
                planted("P9", events -> request(events, 20, 9, "c")),
                planted("P9", events -> add(events, 2.2, Kind.DENIED, "a", 0, 1, "DOWN")),
                planted("P9", events -> {
                    request(events, 20, 9, "c");
                    add(events, 28, Kind.DENIED, "c", 0, 9, "DEADLINE");
                }),
                planted("P10", events -> {
                    request(events, 20, 9, "c");
                    add(events, 26.2, Kind.DENIED, "c", 0, 9, "DEADLINE");
                }),
                planted("P13", events -> {
                    request(events, 2.3, 9, "b");
                    granted(events, 2.4, 6, 9, "b", OTHER);
                    released(events, 2.5, 6);
                }),
                planted("P13", events -> {
                    add(events, 2.3, Kind.ASKED, "b", 0, 9, "userdata TASK scope-b 1000 300");
                    add(events, 2.3, Kind.TOLD, "b", 0, 9, "");
                    add(events, 2.6, Kind.DENIED, "b", 0, 9, "DEADLINE");
                }));
    }

    private static Stream<Arguments> ofServer() {
        return Stream.of(
                planted("P1", events -> replace(events, Kind.LEDGER, 7, "6 2 2 0")),
                planted("P5", events -> replace(events, Kind.BACKENDS, 10, "9")),
                planted("P11", events -> replace(events, Kind.SESSION, 0, "x 0 IS x 1")),
                planted("P12", events -> replace(events, Kind.CAPACITY, 5, "6")),
                planted("P12", events -> without(events, Kind.GUARDIAN_FAILED, 0)),
                planted("P15", events -> replace(events, Kind.STACKS, 20, "akka-1 in java.sql.Connection.close")),
                planted(
                        "P15",
                        events -> replace(events, Kind.STACKS, 20, MADE + "akka-1 in java.net.Socket.close(a:1); ")),
                planted("P16", events -> {
                    add(events, 20, Kind.SERVER_UP, "", 0, STARTED + 20_000_000, Long.toString(STARTED + 19_000_000));
                }),
                planted("P16", events -> {
                    request(events, 5, 9, "c");
                    granted(events, 5.1, 18, 9, "c", "79 2026-01-01 00:00:05+00");
                    released(events, 5.5, 18);
                }),
                planted("H23", events -> replace(events, Kind.OPENERS, 2, "")),
                planted("P18", events -> replace(events, Kind.CLOSED, 1, "")),
                planted("flat", events -> add(events, 40, Kind.SIZE, "", 0, 90_000_000, "40")),
                planted("flat", events -> add(events, 40, Kind.SIZE, "", 0, 50_000_000, "60")));
    }

    @ParameterizedTest
    @MethodSource("violations")
    void findsEachPlantedViolation(String property, Consumer<List<Event>> violation) {
        List<Event> events = well();
        violation.accept(events);

        assertThat(new Checker(events).violated()).extracting(Verdict::property).contains(property);
    }

    @Test
    void readsWhatItWrote(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("history.tsv");
        try (History history = new History(file)) {
            well().forEach(event ->
                    history.addAt(event.at(), event.kind(), event.who(), event.lease(), event.number(), event.text()));
        }

        assertThat(History.read(file)).isEqualTo(well());
    }
}
