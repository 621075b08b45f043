/** The type {@code monitoring}: compares something with what it should be, keeps the value, raises and clears an alert. */
@NullMarked
package dev.leasehold.type.monitoring;

import org.jspecify.annotations.NullMarked;
