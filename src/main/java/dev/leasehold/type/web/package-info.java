/** The type {@code website-analysis}: crawls a site politely, says what is wrong with it, and what has changed. */
@NullMarked
package dev.leasehold.type.web;

import org.jspecify.annotations.NullMarked;
