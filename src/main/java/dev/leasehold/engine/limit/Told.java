package dev.leasehold.engine.limit;

/**
 * From the owner of a limit's home lane to a node: how it sees the node's account. An epoch that the node does not know tells
 * it to open the account anew, with what is in use.
 *
 * @param given slots given in this session
 * @param returned as far as the owner knows of it
 * @param keep slots beyond these are to be given back as soon as their runs end: others wait for them
 */
public record Told(LimitKey key, long epoch, long session, long given, long returned, int keep) {}
