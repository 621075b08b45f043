/** Secrets in files: made once, readable for their owner only. */
@NullMarked
package dev.leasehold.type.secret;

import org.jspecify.annotations.NullMarked;
