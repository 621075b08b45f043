/** What follows from the end of an attempt: reasons, retries, failure rules, the next due time. Pure. */
@NullMarked
package dev.leasehold.engine.plan;

import org.jspecify.annotations.NullMarked;
