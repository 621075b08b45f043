package dev.leasehold.admin.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Scope;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What ends by time: sessions, login codes, and the wait of those who guess. */
class TimesOfAccessTest {

    private static final Principal SOMEBODY = new Principal("somebody", Set.of(Scope.READ));

    private final SetClock clock = new SetClock();

    /** A clock that the test moves. */
    private static final class SetClock extends Clock {
        private Instant now = Instant.parse("2026-11-21T12:00:00Z");

        void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @Test
    void endsSessionThatIsNotUsed() {
        Sessions sessions = new Sessions(clock);
        String id = sessions.begin(SOMEBODY);

        clock.pass(Duration.ofMinutes(29));
        assertThat(sessions.use(id)).contains(SOMEBODY);
        clock.pass(Duration.ofMinutes(29));
        assertThat(sessions.use(id)).contains(SOMEBODY);
        clock.pass(Duration.ofMinutes(31));
        assertThat(sessions.use(id)).isEmpty();
    }

    @Test
    void isNotKeptAliveByPageAlone() {
        Sessions sessions = new Sessions(clock);
        String id = sessions.begin(SOMEBODY);

        clock.pass(Duration.ofMinutes(20));
        assertThat(sessions.look(id)).contains(SOMEBODY);
        clock.pass(Duration.ofMinutes(20));
        assertThat(sessions.look(id)).isEmpty();
    }

    @Test
    void endsEverySessionAfterHalfADay() {
        Sessions sessions = new Sessions(clock);
        String id = sessions.begin(SOMEBODY);

        for (int i = 0; i < 36; i++) {
            clock.pass(Duration.ofMinutes(20));
            assertThat(sessions.use(id)).isPresent();
        }
        clock.pass(Duration.ofMinutes(1));
        assertThat(sessions.use(id)).isEmpty();
    }

    @Test
    void redeemsLoginCodeOnceAndInTime() {
        LoginCodes codes = new LoginCodes(clock);
        String first = codes.issue();
        String second = codes.issue();

        assertThat(codes.redeem(first)).isTrue();
        assertThat(codes.redeem(first)).isFalse();
        clock.pass(Duration.ofMinutes(11));
        assertThat(codes.redeem(second)).isFalse();
        assertThat(codes.redeem("never issued")).isFalse();
    }

    @Test
    void fillsTheBucketOfACallerByAndBy() {
        RateLimit limit = new RateLimit(clock, 2, 3);
        for (int i = 0; i < 3; i++) {
            assertThat(limit.take("a")).isZero();
        }

        assertThat(limit.take("a")).isEqualTo(Duration.ofMillis(500));
        assertThat(limit.take("b")).isZero();
        clock.pass(Duration.ofMillis(400));
        assertThat(limit.take("a")).isEqualTo(Duration.ofMillis(100));
        clock.pass(Duration.ofMillis(100));
        assertThat(limit.take("a")).isZero();
        clock.pass(Duration.ofHours(-1));
        assertThat(limit.take("a")).isEqualTo(Duration.ofMillis(500));
        clock.pass(Duration.ofHours(2));
        for (int i = 0; i < 3; i++) {
            assertThat(limit.take("a")).isZero();
        }
        assertThat(limit.take("a")).isPositive();
    }

    @Test
    void doublesWaitOfThoseWhoGuessAndForgetsThem() {
        Throttle throttle = new Throttle(clock);
        for (int i = 0; i < 5; i++) {
            assertThat(throttle.wait("10.0.0.1")).isZero();
            throttle.failed("10.0.0.1");
        }

        assertThat(throttle.wait("10.0.0.1")).isEqualTo(Duration.ofSeconds(1));
        throttle.failed("10.0.0.1");
        assertThat(throttle.wait("10.0.0.1")).isEqualTo(Duration.ofSeconds(2));
        assertThat(throttle.wait("10.0.0.2")).isZero();
        for (int i = 0; i < 20; i++) {
            throttle.failed("10.0.0.1");
        }
        assertThat(throttle.wait("10.0.0.1")).isEqualTo(Duration.ofMinutes(1));
        clock.pass(Duration.ofMinutes(11));
        assertThat(throttle.wait("10.0.0.1")).isZero();
    }
}
