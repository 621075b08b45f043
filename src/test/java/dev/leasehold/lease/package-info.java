/** Tests of leases on a real PostgreSQL, and of the parts that need none. */
@NullMarked
package dev.leasehold.lease;

import org.jspecify.annotations.NullMarked;
