/** The registry of everything that is measured. */
@NullMarked
package dev.leasehold.metrics;

import org.jspecify.annotations.NullMarked;
