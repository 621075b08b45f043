package dev.leasehold.engine.limit;

import dev.leasehold.store.DueTask;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The slots of this node under limits that hold over all nodes: which it has, which are in use, which it wants. Pure.
 *
 * <p>Invariants: a run starts only with a slot of each limit that is about it; what is held never exceeds what the owner of
 * the home lane counts for this node, since the node alone adds to what it returned and the owner alone to what it gave.
 * When the home lane changes its owner, the account is opened anew with what is in use: nothing idle is carried over.
 */
public final class SlotDesk {

    private static final class Account {
        private int limit;
        private long epoch;
        private long homeEpoch;
        private long session;
        private long given;
        private long returned;
        private long acknowledged;
        private int keep = Integer.MAX_VALUE;
        private int inUse;
        private int declared;
        private int target;
        private int toldTarget;
        private boolean known;
        private boolean news = true;

        Account(int limit) {
            this.limit = limit;
        }

        int held() {
            return (int) (given - returned);
        }

        /** Slots that a run may take. None while the home lane has a newer owner than the one who gave them. */
        int free() {
            return epoch == 0 || homeEpoch > epoch ? 0 : held() - inUse;
        }

        void open(long newEpoch, long newSession) {
            epoch = newEpoch;
            session = newSession;
            given = inUse;
            declared = inUse;
            returned = 0;
            acknowledged = 0;
            known = false;
            keep = Integer.MAX_VALUE;
            news = true;
        }

        /** Gives back what is neither in use nor wanted. */
        void settle() {
            giveBackBeyond(target);
        }

        /**
         * Gives back what is wanted more elsewhere, too. At the end of a run and now and then only: two nodes that both wait
         * for something else would hand a slot to and fro as fast as messages go.
         */
        void share() {
            giveBackBeyond(Math.min(target, keep));
        }

        private void giveBackBeyond(int wanted) {
            int surplus = held() - Math.max(inUse, wanted);
            if (epoch != 0 && surplus > 0) {
                returned += surplus;
                news = true;
            }
        }

        /**
         * A slot that was told at the opening goes back when a run ends, and is not used again: a run of a lane that was
         * lost may have it, for which the owner of the home lane has given its slot to somebody else already.
         */
        void endDeclared() {
            if (declared > 0) {
                declared--;
                returned++;
                news = true;
            }
        }

        boolean isOpen() {
            return epoch != 0 && homeEpoch <= epoch;
        }

        boolean isSettled() {
            return isOpen() && known && returned == acknowledged && held() >= target;
        }
    }

    private final String node;
    private final Map<LimitKey, Account> accounts =
            new TreeMap<>(java.util.Comparator.comparing(LimitKey::kind).thenComparing(LimitKey::name));
    private long sessions;
    private Roster roster = Roster.UNKNOWN;

    /** For this incarnation. */
    public SlotDesk(String node) {
        this.node = node;
    }

    /** No limit is set. */
    public boolean isEmpty() {
        return accounts.isEmpty();
    }

    /**
     * From now on these limits hold.
     *
     * @param running tasks whose runs are under way: they count, although they started without a slot
     */
    public void limits(Map<LimitKey, Integer> limits, Collection<DueTask> running) {
        accounts.keySet().retainAll(limits.keySet());
        limits.forEach((key, limit) -> {
            Account account = accounts.get(key);
            if (account == null) {
                account = new Account(limit);
                account.inUse = (int) running.stream().filter(key::isAbout).count();
                accounts.put(key, account);
            }
            account.limit = limit;
        });
        roster(roster);
    }

    /** Who owns the lanes now. */
    public void roster(Roster now) {
        roster = now;
        accounts.forEach((key, account) -> {
            Roster.Place home = now.home(key);
            if (home != null && home.epoch() > account.homeEpoch) {
                account.homeEpoch = home.epoch();
                account.news = true;
            }
        });
    }

    /** This node has lost all its lanes: nothing that it runs is accepted any more, and its slots are given to others. */
    public void forget() {
        for (Account each : accounts.values()) {
            each.epoch = 0;
            each.homeEpoch = 0; // after a fail-over of the database, epochs may begin lower
            each.news = true;
        }
    }

    /** The limits of which a task needs a slot, in the order in which slots are collected. */
    public List<LimitKey> about(String queue, String tenant, String type) {
        List<LimitKey> keys = new ArrayList<>(3);
        for (LimitKey.Kind kind : LimitKey.Kind.values()) {
            LimitKey key = new LimitKey(
                    kind,
                    switch (kind) {
                        case QUEUE -> queue;
                        case TENANT -> tenant;
                        case TYPE -> type;
                    });
            if (accounts.containsKey(key)) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** The first limit that has no free slot for such a task; null when it may start. */
    public @Nullable LimitKey inTheWay(String queue, String tenant, String type) {
        if (accounts.isEmpty()) {
            return null;
        }
        for (LimitKey key : about(queue, tenant, type)) {
            if (account(key).free() <= 0) {
                return key;
            }
        }
        return null;
    }

    private Account account(LimitKey key) {
        Account account = accounts.get(key);
        if (account == null) {
            throw new IllegalArgumentException("no limit on " + key);
        }
        return account;
    }

    /** What a task waits for, for people. */
    public String explain(LimitKey key) {
        Account account = account(key);
        Roster.Place home = roster.home(key);
        String owner = home == null ? null : home.owner();
        String who = owner == null ? "nobody, until its home lane has an owner" : "node " + owner;
        if (!account.isOpen()) {
            return "the slots of the limit of " + account.limit + " on " + key
                    + " are being counted anew before any is given, by " + who;
        }
        return "the limit of " + account.limit + " runs at once on " + key + " is reached: this node has "
                + account.inUse + " of them under way and waits for a slot from " + who;
    }

    /** A run of such a task starts. */
    public void taken(DueTask task) {
        count(task, 1);
    }

    /** A run is over, its end written or refused. */
    public void ended(DueTask task) {
        count(task, -1);
    }

    private void count(DueTask task, int change) {
        if (accounts.isEmpty()) {
            return;
        }
        for (LimitKey key : about(task.queue(), task.tenant(), task.type())) {
            Account account = account(key);
            account.inUse += change;
            if (change < 0) {
                account.endDeclared();
                account.share();
            }
        }
    }

    /** So many tasks wait for a slot of these limits, beside what is in use; none of the others. */
    public void wanted(Map<LimitKey, Integer> waiting) {
        accounts.forEach((key, account) -> {
            int target = Math.min(account.limit, account.inUse + waiting.getOrDefault(key, 0));
            account.target = target;
            // What it has is enough, and was said to be: that needs no word.
            account.news |= target != account.toldTarget && Math.max(target, account.toldTarget) > account.held();
            account.settle();
        });
    }

    /** What the owner of a home lane says. */
    public void told(Told told) {
        Account account = accounts.get(told.key());
        if (account == null || told.epoch() < account.epoch || told.epoch() < account.homeEpoch) {
            return;
        }
        if (told.epoch() > account.epoch) {
            account.homeEpoch = told.epoch();
            account.open(told.epoch(), ++sessions);
        } else if (told.session() == account.session) {
            account.news |= told.given() > account.given; // to be acknowledged
            account.given = Math.max(account.given, told.given());
            account.acknowledged = Math.max(account.acknowledged, told.returned());
            account.known = true;
            account.keep = told.keep();
            account.settle();
        } else {
            account.news = true; // the owner does not know this session yet, or any more
        }
    }

    /** What is new for the owners of the home lanes. */
    public List<Ask> news() {
        List<Ask> asks = new ArrayList<>();
        accounts.forEach((key, account) -> {
            if (account.news) {
                account.news = false;
                asks.add(ask(key, account));
            }
        });
        return asks;
    }

    /** To be said again from time to time, since messages are lost: what is not settled. */
    public List<Ask> unsettled() {
        List<Ask> asks = new ArrayList<>();
        accounts.forEach((key, account) -> {
            account.share();
            if (!account.isSettled()) {
                asks.add(ask(key, account));
            }
        });
        return asks;
    }

    private Ask ask(LimitKey key, Account account) {
        account.toldTarget = account.target;
        return new Ask(key, node, account.epoch, account.session, account.given, account.returned, account.target);
    }

    /** Runs under way that count for a limit. */
    int inUse(LimitKey key) {
        return account(key).inUse;
    }

    /** Free slots, for the search of what may start: more than this cannot. */
    public int free(LimitKey key) {
        return account(key).free();
    }
}
