@NullMarked
package dev.leasehold.task;

import org.jspecify.annotations.NullMarked;
