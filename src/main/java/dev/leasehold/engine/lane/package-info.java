/** What the owner of lanes knows about them, and how it came to own them. */
@NullMarked
package dev.leasehold.engine.lane;

import org.jspecify.annotations.NullMarked;
