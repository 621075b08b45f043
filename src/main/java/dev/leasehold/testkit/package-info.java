/**
 * For tests of an application's own handlers: a whole node on an embedded PostgreSQL, with a clock that the test sets ahead.
 * JUnit is not among Leasehold's own dependencies; a project that tests brings it.
 */
@NullMarked
package dev.leasehold.testkit;

import org.jspecify.annotations.NullMarked;
