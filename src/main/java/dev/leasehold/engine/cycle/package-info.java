/** The regular look for what is due. */
@NullMarked
package dev.leasehold.engine.cycle;

import org.jspecify.annotations.NullMarked;
