/** Leasehold: the embedding API and the wiring of a node. */
@NullMarked
package dev.leasehold;

import org.jspecify.annotations.NullMarked;
