/** Pages for people: rendered on the server, complete without JavaScript, kept live by fragments of the same templates. */
@NullMarked
package dev.leasehold.dashboard;

import org.jspecify.annotations.NullMarked;
