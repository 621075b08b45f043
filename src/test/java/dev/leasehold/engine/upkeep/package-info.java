/** Upkeep on the real PostgreSQL. */
@NullMarked
package dev.leasehold.engine.upkeep;

import org.jspecify.annotations.NullMarked;
