/** What keeps the tables in order beside the work itself: restoration at start, the janitor, and who held revoked leases. */
@NullMarked
package dev.leasehold.engine.upkeep;

import org.jspecify.annotations.NullMarked;
