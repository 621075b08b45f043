@NullMarked
package dev.leasehold.outbound;

import org.jspecify.annotations.NullMarked;
