/** What holds for the code as a whole: who may use whom, and how files look. */
@NullMarked
package dev.leasehold.architecture;

import org.jspecify.annotations.NullMarked;
