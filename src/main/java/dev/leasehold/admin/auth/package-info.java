/** Who may come in: tokens, sessions of browsers, one-time login codes, and the gate that every call passes. */
@NullMarked
package dev.leasehold.admin.auth;

import org.jspecify.annotations.NullMarked;
