/** What several tests share: a real PostgreSQL for the whole test run. */
@NullMarked
package dev.leasehold.testing;

import org.jspecify.annotations.NullMarked;
