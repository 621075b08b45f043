/** The store's statements on the real PostgreSQL. */
@NullMarked
package dev.leasehold.store;

import org.jspecify.annotations.NullMarked;
