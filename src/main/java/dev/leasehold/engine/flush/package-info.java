/** The one way by which results are written. */
@NullMarked
package dev.leasehold.engine.flush;

import org.jspecify.annotations.NullMarked;
