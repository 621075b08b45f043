/**
 * The one guarded HTTP client: every call that a task makes to the outside goes through {@link
 * dev.leasehold.outbound.OutboundClient}, which decides where it may go and how much may come back.
 */
@NullMarked
package dev.leasehold.outbound;

import org.jspecify.annotations.NullMarked;
