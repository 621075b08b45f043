@NullMarked
package dev.leasehold.engine;

import org.jspecify.annotations.NullMarked;
