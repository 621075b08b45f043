package dev.leasehold.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SlotOfficeTest {

    private static final LimitKey KEY = new LimitKey(LimitKey.Kind.TENANT, "acme");
    private static final Roster ALL_MINE = new Roster(List.of(new Roster.Place(0, "me", 7, null)));

    @SuppressWarnings("NullAway.Init")
    private static ActorTestKit kit;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create(ConfigFactory.parseString(
                "akka.actor.serialization-bindings { \"dev.leasehold.cluster.RemoteMessage\" = jackson-cbor }"));
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static ActorRef<SlotOffice.Command> office(TestProbe<SlotOffice.Heard> cycle) {
        ActorRef<SlotOffice.Command> office = kit.spawn(SlotOffice.create("me"));
        office.tell(new SlotOffice.Connect(cycle.getRef()));
        office.tell(new SlotOffice.Ruled(Map.of(KEY, 2)));
        office.tell(new SlotOffice.Owned(0, 7));
        office.tell(new SlotOffice.Seen(ALL_MINE));
        return office;
    }

    private static Told awaitTold(TestProbe<SlotOffice.Heard> cycle) {
        return cycle.fishForMessage(
                        java.time.Duration.ofSeconds(10),
                        heard -> heard.told().isEmpty()
                                ? akka.actor.testkit.typed.javadsl.FishingOutcomes.continueAndIgnore()
                                : akka.actor.testkit.typed.javadsl.FishingOutcomes.complete())
                .get(0)
                .told()
                .get(0);
    }

    @Test
    void asksItsOwnNodeWhatIsInUseAndThenGives() {
        TestProbe<SlotOffice.Heard> cycle = kit.createTestProbe();
        ActorRef<SlotOffice.Command> office = office(cycle);

        assertThat(awaitTold(cycle)).as("to be counted first").isEqualTo(new Told(KEY, 7, 0, 0, 0, Integer.MAX_VALUE));
        office.tell(new SlotOffice.Asked(List.of(new Ask(KEY, "me", 7, 1, 0, 0, 5))));

        assertThat(awaitTold(cycle)).isEqualTo(new Told(KEY, 7, 1, 2, 0, Integer.MAX_VALUE));
    }

    @Test
    void answersAnotherNodeAndNotWhatIsForAnotherIncarnation() {
        TestProbe<SlotOffice.Heard> cycle = kit.createTestProbe();
        TestProbe<SlotOffice.Command> other = kit.createTestProbe();
        ActorRef<SlotOffice.Command> office = office(cycle);
        List<Ask> asks = List.of(new Ask(KEY, "other", 3, 9, 1, 0, 5));

        office.tell(new SlotOffice.Asks("my predecessor", asks, other.getRef()));
        office.tell(new SlotOffice.Asks("me", asks, other.getRef()));

        assertThat(other.receiveMessage())
                .isEqualTo(new SlotOffice.Tells("other", List.of(new Told(KEY, 7, 0, 0, 0, Integer.MAX_VALUE))));
        other.expectNoMessage();
    }

    @Test
    void sendsMessagesThatGoFromNodeToNode() {
        TestProbe<SlotOffice.Command> probe = kit.createTestProbe();
        kit.serializationTestKit()
                .verifySerialization(
                        new SlotOffice.Asks("n", List.of(new Ask(KEY, "m", 1, 2, 3, 4, 5)), probe.getRef()), true);
        kit.serializationTestKit()
                .verifySerialization(new SlotOffice.Tells("n", List.of(new Told(KEY, 1, 2, 3, 4, 5))), true);
    }
}
