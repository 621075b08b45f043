@NullMarked
package dev.leasehold.engine.lane;

import org.jspecify.annotations.NullMarked;
