/** The types that ship with Leasehold, each in a package of its own below this one. */
@NullMarked
package dev.leasehold.type;

import org.jspecify.annotations.NullMarked;
