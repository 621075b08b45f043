@NullMarked
package dev.leasehold.engine.run;

import org.jspecify.annotations.NullMarked;
