/**
 * Leases: the right to use one connection until a deadline. A pool guardian actor owns every connection of a pool;
 * everybody else asks it for leases, and one that is leaked, overrun or orphaned is taken back for certain.
 *
 * <p>The public face: {@link dev.leasehold.lease.Leases} for scoped work from any thread, {@link
 * dev.leasehold.lease.PoolGuardian} for actors, {@link dev.leasehold.lease.ControlConnection} for the node's own upkeep.
 *
 * <p>Inside: the ledger decides, at the {@link dev.leasehold.lease.Desk} of the present guardian; what a holder may have left
 * in a session is judged by {@link dev.leasehold.lease.PlainSql} and {@link dev.leasehold.lease.SchemaWatch}.
 */
@NullMarked
package dev.leasehold.lease;

import org.jspecify.annotations.NullMarked;
