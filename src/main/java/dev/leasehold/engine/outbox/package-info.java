/** Brings the events that handlers emitted to the application's subscribers. */
@NullMarked
package dev.leasehold.engine.outbox;

import org.jspecify.annotations.NullMarked;
