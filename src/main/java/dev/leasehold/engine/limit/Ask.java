package dev.leasehold.engine.limit;

/**
 * From a node to the owner of a limit's home lane: how its account stands. Lost, doubled or late ones do no harm: the counts
 * only grow within a session, and the higher one holds.
 *
 * @param epoch of the home lane's ownership under which the account was opened; 0 before the first
 * @param session one opening of the account; it grows with each
 * @param given slots that the node knows to have been given, those that were in use at the opening included
 * @param returned slots that it has given back since
 * @param target how many it could use in all
 */
public record Ask(LimitKey key, String node, long epoch, long session, long given, long returned, int target) {}
