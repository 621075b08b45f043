package dev.leasehold.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the two sides of an account make of messages that are late, lost, or of another time. */
class SlotAccountsTest {

    private static final LimitKey KEY = new LimitKey(LimitKey.Kind.QUEUE, "mail");
    private static final int LIMIT = 2;
    private static final int NO_END = Integer.MAX_VALUE;

    private final SlotHomes homes = new SlotHomes();
    private final SlotDesk desk = new SlotDesk("a");

    /** One lane for each owner; all are the home of something, the first one of this limit too where there is only one. */
    private static Roster roster(long epoch, String... owners) {
        List<Roster.Place> places = new ArrayList<>();
        for (int lane = 0; lane < owners.length; lane++) {
            places.add(new Roster.Place(lane, owners[lane], epoch, null));
        }
        return new Roster(places);
    }

    private void own(Roster roster) {
        homes.limits(Map.of(KEY, LIMIT));
        for (Roster.Place place : roster.places()) {
            homes.own(place.lane(), place.epoch());
        }
        homes.roster(roster);
        homes.takeOut();
    }

    private List<Told> toldTo(String node) {
        return homes.takeOut().getOrDefault(node, List.of());
    }

    @Test
    void theOwnerLetsNoLateWordOfAReturnRaiseWhatIsOut() {
        own(roster(1, "a"));
        homes.ask(new Ask(KEY, "a", 1, 1, 0, 0, 2));
        assertThat(homes.outstanding(KEY)).isEqualTo(2);
        homes.ask(new Ask(KEY, "a", 1, 1, 2, 2, 0));
        assertThat(homes.outstanding(KEY)).isZero();

        homes.ask(new Ask(KEY, "a", 1, 1, 2, 1, 0));

        assertThat(homes.outstanding(KEY)).isZero();
    }

    @Test
    void theOwnerLetsNoLateWordOfAGiftLowerWhatIsOut() {
        own(roster(1, "a", "b"));
        homes.ask(new Ask(KEY, "b", 1, 1, 0, 0, 0));
        homes.ask(new Ask(KEY, "a", 1, 1, 0, 0, 2));
        homes.ask(new Ask(KEY, "b", 1, 1, 0, 0, 2)); // waits for what the other has
        assertThat(homes.outstanding(KEY)).isEqualTo(2);
        homes.takeOut();

        homes.ask(new Ask(KEY, "a", 1, 1, 0, 0, 2));

        assertThat(toldTo("b")).allSatisfy(told -> assertThat(told.given()).isZero());
        assertThat(homes.outstanding(KEY)).isEqualTo(2);
    }

    @Test
    void theOwnerSaysAtEachLookWhatItGaveUntilThatWasHeard() {
        Roster roster = roster(1, "a");
        own(roster);
        homes.ask(new Ask(KEY, "a", 1, 1, 0, 0, 2));
        assertThat(toldTo("a")).extracting(Told::given).contains(2L); // lost on its way

        homes.roster(roster);
        assertThat(toldTo("a")).extracting(Told::given).containsExactly(2L);

        homes.ask(new Ask(KEY, "a", 1, 1, 2, 0, 2));
        homes.takeOut();
        homes.roster(roster);
        assertThat(toldTo("a")).isEmpty();
    }

    @Test
    void theOwnerCountsNoAccountOfAnEarlierOwnershipAndAsksForANewOne() {
        own(roster(2, "a", "b"));
        homes.ask(new Ask(KEY, "a", 2, 1, 0, 0, 2));
        homes.takeOut();

        homes.ask(new Ask(KEY, "b", 1, 7, 1, 0, 1));

        // Not everybody has said under this ownership what he has in use: nothing is counted, nothing given.
        assertThat(homes.outstanding(KEY)).isNull();
        assertThat(toldTo("b")).isNotEmpty().allSatisfy(told -> {
            assertThat(told.epoch()).isEqualTo(2);
            assertThat(told.given()).isZero();
        });
        homes.ask(new Ask(KEY, "b", 2, 8, 1, 0, 1));
        assertThat(homes.outstanding(KEY)).isEqualTo(2);
    }

    private void openDesk() {
        desk.limits(Map.of(KEY, LIMIT), List.of());
        desk.roster(roster(1, "a"));
        desk.told(new Told(KEY, 1, 0, 0, 0, NO_END));
        desk.wanted(Map.of(KEY, 2));
        desk.told(new Told(KEY, 1, session(), 2, 0, NO_END));
        assertThat(desk.free(KEY)).isEqualTo(2);
    }

    private long session() {
        return desk.news().get(0).session();
    }

    @Test
    void aNodeUsesNoSlotOfAnEarlierOwnership() {
        openDesk();

        desk.roster(roster(2, "a"));

        assertThat(desk.free(KEY)).isZero();
        desk.told(new Told(KEY, 1, session(), 2, 0, NO_END)); // late
        assertThat(desk.free(KEY)).isZero();
    }

    @Test
    void aNodeLetsNoLateWordTakeASlotFromIt() {
        openDesk();

        desk.told(new Told(KEY, 1, session(), 1, 0, NO_END));

        assertThat(desk.free(KEY)).isEqualTo(2);
    }
}
