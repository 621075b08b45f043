package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.lane.LaneJudge.Verdict;
import dev.leasehold.store.Lanes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who may be taken from: the database's word alone. */
@Tag("A14")
class LaneJudgeTest {

    private static final Duration OLD_SERVER = Duration.ofHours(1);
    private static final Duration FRESH = Duration.ofMillis(500);

    private final LaneJudge judge = new LaneJudge(
            "me",
            new LaneSettings(
                    4,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(4),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1)));

    private static Lanes.Lane lane(@Nullable String owner, boolean stopped, Duration beatAge, boolean locked) {
        return new Lanes.Lane(1, owner, 9, null, stopped, beatAge, locked, null);
    }

    private List<Verdict> judge(Lanes.Lane lane, Duration serverUp, long seconds) {
        return judge.judge(
                List.of(lane), Set.of(), serverUp, Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void takesWhatIsFreeOrWasLeftWithGoodbyeAtOnceAndAsNoCrash() {
        assertThat(judge(lane(null, false, Duration.ZERO, false), Duration.ZERO, 0))
                .containsExactly(new Verdict(1, 9, false, ""));
        assertThat(judge(lane("other", true, FRESH, false), Duration.ZERO, 0))
                .containsExactly(new Verdict(1, 9, false, "other"));
    }

    @Test
    void leavesALivingOwnerAlone() {
        assertThat(judge(lane("other", false, FRESH, true), OLD_SERVER, 0)).isEmpty();
        assertThat(judge(lane("other", false, FRESH, true), OLD_SERVER, 100)).isEmpty();
    }

    @Test
    void takesFromAnOwnerWhoseHeartbeatIsOld() {
        assertThat(judge(lane("other", false, Duration.ofMillis(4001), true), OLD_SERVER, 0))
                .containsExactly(new Verdict(1, 9, true, "other"));
    }

    @Test
    void takesFromAnOwnerWhoseLockWasSeenFreeTwiceASecondApart() {
        Lanes.Lane free = lane("other", false, FRESH, false);

        assertThat(judge(free, OLD_SERVER, 10)).isEmpty();
        assertThat(judge(free, OLD_SERVER, 11)).containsExactly(new Verdict(1, 9, true, "other"));
    }

    @Test
    void startsAnewWhenTheLockWasHeldInBetween() {
        assertThat(judge(lane("other", false, FRESH, false), OLD_SERVER, 10)).isEmpty();
        assertThat(judge(lane("other", false, FRESH, true), OLD_SERVER, 11)).isEmpty();
        assertThat(judge(lane("other", false, FRESH, false), OLD_SERVER, 12)).isEmpty();
    }

    @Test
    void judgesNobodyDeadJustAfterTheServersStart() {
        Lanes.Lane dead = lane("other", false, Duration.ofMinutes(1), false);

        assertThat(judge(dead, Duration.ofMillis(4_900), 10)).isEmpty();
        assertThat(judge(dead, Duration.ofSeconds(5), 11)).isNotEmpty();
    }

    @Test
    void takesAnewWhatIsItsOwnWithoutItsKnowing() {
        Lanes.Lane own = lane("me", false, FRESH, true);

        assertThat(judge(own, OLD_SERVER, 0)).containsExactly(new Verdict(1, 9, false, "me"));
        assertThat(judge.judge(List.of(own), Set.of(1), OLD_SERVER, 0)).isEmpty();
    }
}
