/** The type {@code http-call}: how an application in any language is called by Leasehold. */
@NullMarked
package dev.leasehold.type.http;

import org.jspecify.annotations.NullMarked;
