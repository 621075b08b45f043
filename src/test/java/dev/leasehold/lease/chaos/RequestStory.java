package dev.leasehold.lease.chaos;

import dev.leasehold.lease.chaos.Event.Asked;
import dev.leasehold.lease.chaos.Event.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that is known of one request for a lease. */
final class RequestStory {

    final long id;
    final String owner;
    final Asked asked;
    final long askedAt;
    long toldAt = Long.MAX_VALUE;
    final List<Event> answers = new ArrayList<>();
    boolean cancelled;

    RequestStory(Event event) {
        this.id = event.number();
        this.owner = event.who();
        this.asked = Asked.of(event);
        this.askedAt = event.at();
    }

    /** Waiting ends no sooner than this. */
    long deadlineAtLeast() {
        return askedAt + asked.waitMillis() * 1_000_000;
    }

    @Nullable
    Event answer() {
        return answers.isEmpty() ? null : answers.get(0);
    }

    boolean wasGranted() {
        Event answer = answer();
        return answer != null && answer.kind() == Kind.GRANTED;
    }

    boolean wasDenied(String reason) {
        Event answer = answer();
        return answer != null && answer.kind() == Kind.DENIED && answer.text().equals(reason);
    }

    /** Of one queue. */
    String queue() {
        return asked.pool() + " " + asked.leaseClass();
    }

    @Override
    public String toString() {
        return "request " + id + " of " + owner + " (" + asked.text() + ")";
    }
}
