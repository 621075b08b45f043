package dev.leasehold.lease.chaos;

import dev.leasehold.lease.chaos.Event.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** A history, put together lease by lease and request by request. */
final class Story {

    /** Until the backlog of an outage has been worked off. */
    private static final long RECOVERY = TimeUnit.SECONDS.toNanos(3);
    /** A guardian that failed once is back after a tenth of a second; what it left is seen off by then. */
    private static final long RESTART = TimeUnit.SECONDS.toNanos(3);

    private record Window(long from, long to) {
        boolean touches(long begin, long end) {
            return begin <= to && from <= end;
        }
    }

    final List<Event> events;
    final Map<Long, RequestStory> requests = new TreeMap<>();
    final Map<Long, LeaseStory> leases = new TreeMap<>();
    final Map<Long, LeaseStory.Call> calls = new HashMap<>();
    final Map<String, Long> stoppedAt = new HashMap<>();
    private final Map<String, NavigableSet<Long>> newLives = new HashMap<>();
    private final List<Window> troubles = new ArrayList<>();
    private final List<Window> failures = new ArrayList<>();
    private final List<Window> pauses = new ArrayList<>();

    Story(List<Event> unordered) {
        events = unordered.stream().sorted(Comparator.comparingLong(Event::at)).toList();
        Map<Long, Long> begun = new HashMap<>();
        for (Event event : events) {
            tell(event);
            trouble(event, begun);
        }
        begun.values().forEach(since -> troubles.add(new Window(since, Long.MAX_VALUE)));
    }

    private void tell(Event event) {
        switch (event.kind()) {
            case ASKED -> requests.put(event.number(), new RequestStory(event));
            case TOLD -> request(event).toldAt = event.at();
            case CANCELLED -> request(event).cancelled = true;
            case DENIED -> request(event).answers.add(event);
            case GRANTED -> {
                request(event).answers.add(event);
                leases.put(event.lease(), new LeaseStory(event, request(event)));
            }
            case REVOKED, ENDED, RELEASED, FENCE -> {
                if (leases.containsKey(event.lease())) {
                    lease(event).note(event);
                }
            }
            case CALL -> {
                LeaseStory.Call call = new LeaseStory.Call(event);
                calls.put(call.id, call);
                lease(event).calls.add(call);
            }
            case RETURN -> {
                call(event).over = event.at();
                call(event).outcome = event.text();
            }
            case ROW -> call(event).committedAt.add(Long.parseLong(event.text()));
            case STOPPED -> {
                stoppedAt.put(event.who(), event.at());
                newLives.computeIfAbsent(event.who(), who -> new TreeSet<>()).add(event.at());
            }
            case REBORN ->
                newLives.computeIfAbsent(event.who(), who -> new TreeSet<>()).add(event.at());
            default -> {
                // Looked at by the checks themselves.
            }
        }
    }

    private void trouble(Event event, Map<Long, Long> begun) {
        switch (event.kind()) {
            case TROUBLE -> begun.put(event.number(), event.at());
            case CALM -> {
                Long since = begun.remove(event.number());
                troubles.add(new Window(since == null ? event.at() : since, event.at() + RECOVERY));
            }
            case GUARDIAN_FAILED -> failures.add(new Window(event.at(), event.at() + RESTART));
            case PAUSE -> pauses.add(new Window(event.at() - event.number(), event.at()));
            default -> {
                // No trouble.
            }
        }
    }

    private RequestStory request(Event event) {
        return found(requests.get(event.number()), event);
    }

    private LeaseStory lease(Event event) {
        return found(leases.get(event.lease()), event);
    }

    private LeaseStory.Call call(Event event) {
        return found(calls.get(event.number()), event);
    }

    private static <T> T found(@org.jspecify.annotations.Nullable T known, Event event) {
        if (known == null) {
            throw new IllegalStateException("nothing is known before " + event.line());
        }
        return known;
    }

    List<Event> all(Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).toList();
    }

    /** The owner stopped, or failed and lives on, in this time. */
    boolean isNewLife(String owner, long from, long to) {
        Long first =
                newLives.getOrDefault(owner, Collections.emptyNavigableSet()).ceiling(from);
        return first != null && first <= to;
    }

    /** Server, network, guardian and machine were well in all of this time. */
    boolean isQuiet(long from, long to) {
        return guardianIsWell(from, to) && troubles.stream().noneMatch(each -> each.touches(from, to));
    }

    /** The guardian was not about to restart, and the machine did not stand still. */
    boolean guardianIsWell(long from, long to) {
        return failures.stream().noneMatch(each -> each.touches(from, to))
                && pauses.stream().noneMatch(each -> each.touches(from, to));
    }
}
