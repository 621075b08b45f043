/**
 * The type {@code oauth-token}: keeps stored OAuth connections alive. A provider that rotates refresh tokens makes each
 * call a step that cannot be repeated, and the only copy of the next token comes in its answer: the order of writes here
 * is made for that.
 */
@NullMarked
package dev.leasehold.type.oauth;

import org.jspecify.annotations.NullMarked;
