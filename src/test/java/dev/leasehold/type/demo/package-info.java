@NullMarked
package dev.leasehold.type.demo;

import org.jspecify.annotations.NullMarked;
