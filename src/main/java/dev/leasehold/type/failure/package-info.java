/** How the failures of calls and of SQL read as reasons of a run; shared by the types that ship. */
@NullMarked
package dev.leasehold.type.failure;

import org.jspecify.annotations.NullMarked;
