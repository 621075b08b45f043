@NullMarked
package dev.leasehold.dashboard;

import org.jspecify.annotations.NullMarked;
