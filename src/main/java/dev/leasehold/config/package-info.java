/** Loading and checking of settings: where a value comes from, what is allowed, and what to say when it is not. */
@NullMarked
package dev.leasehold.config;

import org.jspecify.annotations.NullMarked;
