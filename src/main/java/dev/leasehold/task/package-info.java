/** The words of the product: tasks, types, handlers, outcomes and policies. Plain Java without a database, actors or HTTP. */
@NullMarked
package dev.leasehold.task;

import org.jspecify.annotations.NullMarked;
