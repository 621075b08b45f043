/** What is written about the ends of runs. */
@NullMarked
package dev.leasehold.engine.plan;

import org.jspecify.annotations.NullMarked;
