/**
 * The side-by-side benchmark: Leasehold, its peers and the bare SQL limit in turns on one PostgreSQL. Compiled and run in
 * the profile {@code bench} only; nothing of it ships.
 */
@NullMarked
package dev.leasehold.bench;

import org.jspecify.annotations.NullMarked;
