/** The check cycle's parts. */
@NullMarked
package dev.leasehold.engine.cycle;

import org.jspecify.annotations.NullMarked;
