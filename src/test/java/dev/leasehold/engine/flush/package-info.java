@NullMarked
package dev.leasehold.engine.flush;

import org.jspecify.annotations.NullMarked;
