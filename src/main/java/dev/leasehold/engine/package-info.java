/**
 * The engine of one node: which lanes it owns, what is due in them, the runs, and the one way by which results are written.
 *
 * <p>{@link dev.leasehold.engine.Engine} is its face; everything else is wired behind it.
 */
@NullMarked
package dev.leasehold.engine;

import org.jspecify.annotations.NullMarked;
