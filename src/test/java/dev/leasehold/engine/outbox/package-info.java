/** Tests of the outbox's parts. */
@NullMarked
package dev.leasehold.engine.outbox;

import org.jspecify.annotations.NullMarked;
