@NullMarked
package dev.leasehold.engine.limit;

import org.jspecify.annotations.NullMarked;
