package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.limit.LimitKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SlowRoundTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final SlowRound round = new SlowRound(10);

    /** The n-th row of a lane. */
    private static Position row(int no) {
        return new Position(NOON.plusMillis(no), no);
    }

    private void read(int rows) {
        for (int no = 1; no <= rows; no++) {
            round.read(row(no).dueAt(), no);
        }
    }

    /** The next piece, of which nothing comes. */
    private @Nullable Position answerEmpty(boolean quick, Position cursor) {
        Position until = round.until();
        round.answered(until, null, false, false, quick, cursor);
        return until;
    }

    @Test
    void goesFromMarkToMarkAndAnewAfterTheLast() {
        read(25);

        assertThat(round.pieces()).isEqualTo(3);
        assertThat(round.at()).isEqualTo(Position.START);
        assertThat(answerEmpty(false, row(25))).isEqualTo(row(10));
        assertThat(round.at()).isEqualTo(row(10));
        assertThat(answerEmpty(false, row(25))).isEqualTo(row(20));
        assertThat(round.at()).isEqualTo(row(20));
        assertThat(answerEmpty(false, row(25))).isNull();
        assertThat(round.at()).isEqualTo(Position.START);
        assertThat(round.takeWanted()).as("nobody asked for more").isFalse();
    }

    @Test
    void goesOnFromWhereAPieceEndedBeforeItsMarkAndJudgesNoMarkByAPart() {
        read(35);

        round.answered(row(5), null, false, false, true, row(35));
        assertThat(round.at()).isEqualTo(row(5));
        assertThat(answerEmpty(true, row(35))).isEqualTo(row(10));
        assertThat(answerEmpty(true, row(35))).as("the whole piece").isEqualTo(row(20));
        assertThat(answerEmpty(false, row(35))).isEqualTo(row(30));
        assertThat(answerEmpty(false, row(35))).isNull();

        assertThat(answerEmpty(false, row(35))).isEqualTo(row(10));
        assertThat(answerEmpty(false, row(35))).as("the mark at 20 went").isEqualTo(row(30));
    }

    @Test
    void givesEachOfManyItsTurn() {
        LimitKey[] keys = new LimitKey[40];
        Arrays.setAll(keys, no -> new LimitKey(LimitKey.Kind.QUEUE, "q" + no));
        int[] turns = new int[keys.length];
        for (int rounds = 0; rounds < 6; rounds++) {
            for (int i = 0; i < keys.length; i++) {
                turns[i] += round.isTurnOf(keys[i], 3) ? 1 : 0;
            }
            answerEmpty(false, row(1));
        }
        assertThat(turns).containsOnly(2);
        assertThat(round.isTurnOf(keys[0], 1)).isTrue();
    }

    @Test
    void keepsThePlacesOfItsBeginningUntilItEnds() {
        LimitKey type = new LimitKey(LimitKey.Kind.TYPE, "t");
        assertThat(round.left(type, row(5))).isEqualTo(row(5));
        assertThat(round.left(type, row(9))).as("it moved on").isEqualTo(row(5));
        assertThat(round.left(type, row(3))).as("it went back").isEqualTo(row(3));
        assertThat(round.frontier(row(7))).isEqualTo(row(7));
        assertThat(round.frontier(row(9))).isEqualTo(row(7));

        answerEmpty(false, row(20));

        assertThat(round.left(type, row(9))).isEqualTo(row(9));
        assertThat(round.frontier(row(9))).isEqualTo(row(9));
    }

    @Test
    void goesOnWithinAPieceThatWasFull() {
        read(65);

        round.answered(round.until(), row(4), true, true, true, row(65));

        assertThat(round.goesOn()).isTrue();
        assertThat(round.at()).isEqualTo(row(4));
        assertThat(round.until()).as("the marks stay, and do not cut it short").isEqualTo(row(40));
        assertThat(round.pieces()).isEqualTo(7);
        assertThat(round.takeWanted()).as("news").isTrue();
        answerEmpty(false, row(65));
        assertThat(round.at()).isEqualTo(row(40));
        assertThat(round.until()).isEqualTo(row(50));
    }

    @Test
    void endsAtTheCursor() {
        read(25);
        answerEmpty(false, row(25));

        answerEmpty(false, row(15));

        assertThat(round.at()).as("the cursor went back before the mark").isEqualTo(Position.START);
    }

    @Test
    void hasATurnInAsManyAsItHasPieces() {
        read(25); // three pieces
        int taken = 0;
        for (int turn = 0; turn < 12; turn++) {
            round.turn(12);
            taken += round.takeWanted() ? 1 : 0;
        }
        assertThat(taken).isEqualTo(3);
    }

    @Test
    void makesUpForTurnsThatCouldNotBeTaken() {
        read(25);
        round.turn(3);
        round.turn(3);

        int pieces = 0;
        while (round.takeWanted()) {
            answerEmpty(false, row(25));
            pieces++;
        }

        assertThat(pieces).as("the round to its end").isEqualTo(3);
    }

    @Test
    void countsTheLooksThatFullPiecesTake() {
        for (int look = 1; look < 6; look++) {
            round.answered(null, row(look), true, false, false, row(25));
            assertThat(round.pieces()).isEqualTo(look + 1);
        }
        round.answered(null, null, false, false, false, row(25));

        assertThat(round.pieces()).as("as the last round").isEqualTo(6);
        round.answered(null, null, false, false, false, row(25));
        assertThat(round.pieces()).isEqualTo(1);
    }

    @Test
    void countsTheLooksOfARoundThatIsHurriedToo() {
        round.wantRound();
        for (int look = 1; look < 6; look++) {
            assertThat(round.takeWanted()).isTrue();
            round.answered(null, row(look), true, false, false, row(25));
        }

        assertThat(round.pieces()).isEqualTo(6);
    }

    @Test
    void doesNotCountWhatIsReadAtOnceInEachRound() {
        for (int look = 1; look < 6; look++) {
            round.answered(null, row(look), true, true, false, row(25));
            assertThat(round.takeWanted()).isTrue();
        }

        assertThat(round.pieces()).isEqualTo(1);
    }

    @Test
    void forgetsEachSecondMarkBehindWhichThereIsNothing() {
        read(85);
        List<Integer> pieces = new ArrayList<>();
        for (int lap = 0; lap < 5; lap++) {
            pieces.add(round.pieces());
            do {
                answerEmpty(true, row(85));
            } while (!round.at().equals(Position.START));
        }

        assertThat(pieces).containsExactly(9, 9, 5, 3, 2); // as many as the round before took
    }

    @Test
    void keepsThePiecesToAFewHoweverManyRowsThereWere() {
        read(1_000_000);

        assertThat(round.pieces()).isBetween(SlowRound.MARKS_MAX / 2, SlowRound.MARKS_MAX + 1);
    }

    @Test
    void keepsTheNewestMarkWhenTheyBecomeTooMany() {
        int rows = 10 * (SlowRound.MARKS_MAX + 1);
        read(rows);

        assertThat(round.pieces()).isLessThan(SlowRound.MARKS_MAX);
        List<Position> ends = new ArrayList<>();
        do {
            ends.add(answerEmpty(false, row(rows + 1)));
        } while (!round.at().equals(Position.START));
        assertThat(ends).startsWith(row(10)).contains(row(rows)).endsWith((Position) null);
    }

    @Test
    void setsMarksCloselyAgainWhenMostWereForgotten() {
        read(1_000_000);
        for (int i = 0; i < 200; i++) {
            answerEmpty(true, row(1_000_000));
        }
        assertThat(round.pieces()).isEqualTo(1);

        read(1_000);

        assertThat(round.pieces()).isBetween(2, SlowRound.MARKS_MAX);
    }

    @Test
    void aRoundThatIsWantedWhileItsFirstPieceIsReadBeginsAnew() {
        read(25);
        round.turn(3);
        assertThat(round.takeWanted()).isTrue();
        Position until = round.until();

        round.wantRound();
        round.answered(until, null, false, false, false, row(25));

        int anew = 0;
        while (round.takeWanted()) {
            anew += round.at().equals(Position.START) ? 1 : 0;
            answerEmpty(false, row(25));
        }
        assertThat(anew).as("the piece that was read may have been read before").isEqualTo(1);
    }

    @Test
    void aPieceThatWasNotReadIsWantedAgain() {
        round.turn(1);
        assertThat(round.takeWanted()).isTrue();
        assertThat(round.takeWanted()).isFalse();

        round.failed();

        assertThat(round.takeWanted()).isTrue();
    }

    /** However often somebody else wants one, whatever fails, and wherever it stood: no place is left out, and it comes to an end. */
    @Property
    void aRoundThatIsWantedGoesOverEveryPlace(@ForAll long seed) {
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(2_000);
        read(rows);
        for (int i = random.nextInt(40); i > 0; i--) {
            answerEmpty(random.nextInt(4) == 0, row(rows));
        }
        Position place = row(1 + random.nextInt(rows));
        boolean wantedBefore = random.nextBoolean();
        if (wantedBefore) {
            round.turn(1); // a read is under way that began before the row was there
            round.takeWanted();
        }
        Position from = round.at();
        Position until = round.until();
        round.wantRound();
        if (wantedBefore) {
            round.answered(until, null, false, false, random.nextBoolean(), row(rows));
        }

        boolean found = false;
        int pieces = 0;
        while (!found && round.takeWanted()) {
            from = round.at();
            until = round.until();
            if (random.nextInt(10) == 0) {
                round.wantRound();
            }
            if (random.nextInt(8) == 0) {
                round.failed();
                continue;
            }
            boolean full = random.nextInt(5) == 0;
            Position end = until == null ? row(rows) : until;
            Position last = full ? between(from, end, random) : null;
            round.answered(until, last, full, false, random.nextInt(4) == 0, row(rows));
            Position seen = last == null ? end : last;
            found = from.compareTo(place) < 0 && seen.compareTo(place) >= 0;
            pieces++;
        }

        assertThat(found).isTrue();
        assertThat(pieces).isLessThan(500);
    }

    private static Position between(Position from, Position end, Random random) {
        int first = (int) from.id();
        int last = (int) end.id();
        return row(Math.min(last, first + 1 + random.nextInt(Math.max(1, (last - first) / 2))));
    }
}
