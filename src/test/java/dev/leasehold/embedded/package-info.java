/** The embedded server and the data folder, on the real thing. */
@NullMarked
package dev.leasehold.embedded;

import org.jspecify.annotations.NullMarked;
