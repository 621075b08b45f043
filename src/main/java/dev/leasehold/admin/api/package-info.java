/** The routes below {@code /api/v1}: bodies are checked field by field, answers are built by hand, SQL is the store's. */
@NullMarked
package dev.leasehold.admin.api;

import org.jspecify.annotations.NullMarked;
