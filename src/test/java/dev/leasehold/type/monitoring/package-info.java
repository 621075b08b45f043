@NullMarked
package dev.leasehold.type.monitoring;

import org.jspecify.annotations.NullMarked;
