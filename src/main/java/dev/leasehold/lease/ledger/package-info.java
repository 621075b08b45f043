/**
 * The books of one pool as a pure state machine: permits, slots, queue, classes, deadlines. It knows neither actors nor
 * JDBC nor a clock; time is passed in, what is to be done comes out through {@link
 * dev.leasehold.lease.ledger.Effects}. So it can be tested over any interleaving.
 */
@NullMarked
package dev.leasehold.lease.ledger;

import org.jspecify.annotations.NullMarked;
