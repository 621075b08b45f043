/** The store's statements on the real PostgreSQL. */
@NullMarked
package dev.leasehold.schedule;

import org.jspecify.annotations.NullMarked;
