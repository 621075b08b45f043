package dev.leasehold.store;

import java.util.UUID;

/**
 * Proof of one ownership of a lane: a result counts only while the lane still carries these. The epoch is for people; the
 * token is what a copy of the database that lost a take-over cannot repeat.
 */
public record LaneFence(int lane, long epoch, UUID token) {}
