@NullMarked
package dev.leasehold.engine.cycle;

import org.jspecify.annotations.NullMarked;
