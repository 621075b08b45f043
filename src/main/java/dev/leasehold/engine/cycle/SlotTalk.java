package dev.leasehold.engine.cycle;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.lane.LaneBook;
import dev.leasehold.engine.lane.LaneRules;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.engine.limit.Ask;
import dev.leasehold.engine.limit.Roster;
import dev.leasehold.engine.limit.SlotOffice;
import java.util.List;
import java.util.function.Supplier;

/** What goes between the lanes' book and the office that brings slots of limits over all nodes. Used by the check cycle alone. */
final class SlotTalk {

    private final LaneBook book;
    private final ActorRef<SlotOffice.Command> office;

    SlotTalk(LaneBook book, ActorRef<SlotOffice.Command> office, ActorRef<SlotOffice.Heard> answers) {
        this.book = book;
        this.office = office;
        office.tell(new SlotOffice.Connect(answers));
    }

    void rule(LaneRules rules) {
        book.rules(rules);
        office.tell(new SlotOffice.Ruled(rules.limits()));
    }

    void hear(SlotOffice.Heard news) {
        Roster roster = news.roster();
        if (roster != null) {
            book.roster(roster);
        }
        book.told(news.told());
    }

    /**
     * Asks for slots, and gives back.
     *
     * @param again also says again what may have been lost
     */
    void ask(Supplier<Obstacle.Node> standing, boolean again) {
        if (!book.isLimited()) {
            return;
        }
        Obstacle.Node now = standing.get();
        List<Ask> asks = book.asks(!now.draining() && now.starts(), again);
        if (!asks.isEmpty()) {
            office.tell(new SlotOffice.Asked(asks));
        }
    }
}
