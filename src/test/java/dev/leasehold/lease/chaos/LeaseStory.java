package dev.leasehold.lease.chaos;

import dev.leasehold.lease.chaos.Event.Asked;
import dev.leasehold.lease.chaos.Event.Kind;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that is known of one lease. */
final class LeaseStory {

    private static final DateTimeFormatter SERVER_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss[.SSSSSS]" + "[.SSSSS][.SSSS][.SSS][.SS][.S]x");

    /** One call of its holder; {@code over} and {@code outcome} are empty when it never came back. */
    static final class Call {
        final long id;
        final long lease;
        final String what;
        final long began;
        long over = Long.MAX_VALUE;
        String outcome = "";
        final List<Long> committedAt = new ArrayList<>();

        Call(Event event) {
            this.id = event.number();
            this.lease = event.lease();
            this.what = event.text();
            this.began = event.at();
        }

        boolean wasRefused() {
            return outcome.equals("refused");
        }

        @Override
        public String toString() {
            return "call " + id + " (" + what + ", " + outcome + ")";
        }
    }

    final long key;
    final RequestStory request;
    /** By the guardian's books. */
    final long grantedAt;
    /** Pid and start: never used twice. */
    final String backend;

    final long backendStartMicros;
    final List<Event> revoked = new ArrayList<>();
    final List<Call> calls = new ArrayList<>();

    @Nullable
    Event ended;

    @Nullable
    Event released;

    String fence = "";

    LeaseStory(Event granted, RequestStory request) {
        String[] part = granted.text().split(" ", 2);
        this.key = granted.lease();
        this.request = request;
        this.grantedAt = Long.parseLong(part[0]);
        this.backend = part[1];
        this.backendStartMicros = micros(part[1].substring(part[1].indexOf(' ') + 1));
    }

    static long micros(String serverTime) {
        return ChronoUnit.MICROS.between(
                java.time.Instant.EPOCH,
                OffsetDateTime.parse(serverTime, SERVER_TIME).toInstant());
    }

    Asked asked() {
        return request.asked;
    }

    /** When it was seen that it was taken back; the largest value when it was not. */
    long revokedAt() {
        return revoked.isEmpty() ? Long.MAX_VALUE : revoked.get(0).at();
    }

    /** When the holder's release had returned. */
    long releasedAt() {
        return released == null ? Long.MAX_VALUE : released.at();
    }

    /** When the holder was about to release. */
    long releasingAt() {
        return released == null ? Long.MAX_VALUE : released.number();
    }

    boolean wasRevoked() {
        return fence.equals("REVOKED") || fence.equals("LAPSED");
    }

    void note(Event event) {
        if (event.kind() == Kind.REVOKED) {
            revoked.add(event);
        } else if (event.kind() == Kind.ENDED) {
            ended = event;
        } else if (event.kind() == Kind.RELEASED) {
            released = event;
        } else if (event.kind() == Kind.FENCE) {
            fence = event.text();
        }
    }

    @Override
    public String toString() {
        return "lease " + key + " of " + request.owner + " on " + backend;
    }
}
