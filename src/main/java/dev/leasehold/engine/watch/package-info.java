/** Looks at this node's pools all the time, and says so when one of them is in trouble. */
@NullMarked
package dev.leasehold.engine.watch;

import org.jspecify.annotations.NullMarked;
