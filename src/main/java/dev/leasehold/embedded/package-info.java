/**
 * The embedded PostgreSQL: unpack, start, find a survivor, stop. A real server on durable settings, for trying Leasehold
 * out and for a single node that wants no other.
 */
@NullMarked
package dev.leasehold.embedded;

import org.jspecify.annotations.NullMarked;
