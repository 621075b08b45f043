package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.lane.Obstacle.Kind;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is in the way of a task, told by the book that would start it. */
class ObstacleTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final LaneFence FENCE = new LaneFence(3, 1, UUID.randomUUID());
    private static final Obstacle.Node WELL = new Obstacle.Node(false, true, 10);

    private final LaneBook book = new LaneBook(Map.of("a", 1, "b", 5), 2);

    private Kind kind(long task, String type, String queue, Obstacle.Node node) {
        return book.obstacle(new Obstacle.Question(task, 3, type, queue, "default", null), node)
                .kind();
    }

    private Kind kind(long task) {
        return kind(task, "a", "default", WELL);
    }

    @Test
    void namesWhatTheNodeIsIn() {
        assertThat(kind(1)).isEqualTo(Kind.LANE_NOT_HERE);
        book.own(FENCE, null);
        assertThat(kind(1)).isEqualTo(Kind.NOT_READ_YET);
        assertThat(kind(1, "a", "default", new Obstacle.Node(true, true, 1))).isEqualTo(Kind.STOPPING);
        assertThat(kind(1, "a", "default", new Obstacle.Node(false, false, 1))).isEqualTo(Kind.SUSPENDED);
        assertThat(kind(1, "c", "default", WELL)).isEqualTo(Kind.NO_HANDLER);
        book.rules(new LaneRules(Set.of("reports")));
        assertThat(kind(1, "a", "reports", WELL)).isEqualTo(Kind.QUEUE_PAUSED);
        assertThat(kind(1, "a", "default", WELL)).isEqualTo(Kind.NOT_READ_YET);
        assertThat(new LaneBook(Map.of(), 1)
                        .awaitingRules()
                        .obstacle(new Obstacle.Question(1, 3, "a", "default", "default", null), WELL)
                        .kind())
                .isEqualTo(Kind.LANE_NOT_HERE);
    }

    @Test
    void namesTheSlotsThatAreMissing() {
        book.own(FENCE, null);
        read(task(1, "a", null, 0), task(2, "a", null, 0), task(3, "b", null, 0), task(4, "b", null, 0));
        assertThat(kind(2)).isEqualTo(Kind.ITS_TURN_COMES);
        assertThat(kind(2, "a", "default", new Obstacle.Node(false, true, 0))).isEqualTo(Kind.THREADS_BUSY);

        book.start(1, NOW);
        assertThat(kind(1)).isEqualTo(Kind.RUNNING);
        assertThat(kind(2)).isEqualTo(Kind.TYPE_FULL);
        book.start(1, NOW);
        assertThat(kind(4, "b", "default", WELL)).isEqualTo(Kind.NODE_FULL);
    }

    @Test
    void namesWhatACrashHasLeftBehind() {
        book.own(FENCE, NOW.plusSeconds(60));
        read(task(1, "b", null, 0), task(2, "b", null, 2));
        book.start(1, NOW);

        assertThat(kind(2, "b", "default", WELL)).isEqualTo(Kind.MUST_RUN_ALONE);
    }

    @Test
    void namesTheKeyThatIsBusy() {
        book.own(FENCE, null);
        read(task(1, "b", "k", 0));
        book.start(1, NOW);

        Obstacle obstacle = book.obstacle(new Obstacle.Question(2, 3, "b", "default", "default", "k"), WELL);

        assertThat(obstacle.kind()).isEqualTo(Kind.KEY_BUSY);
        assertThat(obstacle.message()).contains("k");
    }

    private static DueTask task(long id, String type, @Nullable String key, int crashes) {
        return new DueTask(id, 3, 2, NOW, 1, 1, 1, 0, crashes, 0, "default", type, null, key, "{}", null, null, null);
    }

    private void read(DueTask... rows) {
        ReadPlan plan = book.nextRead(NOW).orElseThrow();
        List<List<DueTask>> found = plan.pieces().stream()
                .map(piece -> piece.priority() == 2 && piece.cursor() != null ? List.of(rows) : List.<DueTask>of())
                .toList();
        book.answered(
                new ReadPlan.Answer(new DueTasks.Read(found, NOW, Set.of()), List.of(), List.of(), Map.of()),
                Duration.ofMillis(1));
    }
}
