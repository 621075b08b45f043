/**
 * Limits that hold over all nodes: how many runs of a queue, a type or a tenant go at once. A limit's name hashes to a home
 * lane, whose owner hands out the slots.
 */
@NullMarked
package dev.leasehold.engine.limit;

import org.jspecify.annotations.NullMarked;
