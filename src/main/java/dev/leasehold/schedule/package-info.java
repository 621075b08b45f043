/** When a task is due: one instant, a fixed interval, or a cron expression in a time zone. Pure arithmetic on instants. */
@NullMarked
package dev.leasehold.schedule;

import org.jspecify.annotations.NullMarked;
