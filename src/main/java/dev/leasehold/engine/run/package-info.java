/** Types, their handlers, and the actors of single runs. */
@NullMarked
package dev.leasehold.engine.run;

import org.jspecify.annotations.NullMarked;
