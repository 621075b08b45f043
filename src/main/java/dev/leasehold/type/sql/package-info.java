/** The type {@code sql}: one statement, whose effect and whose completion belong together. */
@NullMarked
package dev.leasehold.type.sql;

import org.jspecify.annotations.NullMarked;
