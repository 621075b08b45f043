/**
 * The proof of the leases on the real thing: owners that do everything wrong, a network and a server that fail, a history of
 * all that was seen, and a checker that reads it afterwards.
 */
@NullMarked
package dev.leasehold.lease.chaos;

import org.jspecify.annotations.NullMarked;
