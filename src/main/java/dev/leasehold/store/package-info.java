/**
 * Every SQL statement on our own tables, as functions of a {@link java.sql.Connection}; the migrations and who runs them.
 * Nobody here decides anything: what is read is handed up, what is written was decided by the engine or a person.
 */
@NullMarked
package dev.leasehold.store;

import org.jspecify.annotations.NullMarked;
