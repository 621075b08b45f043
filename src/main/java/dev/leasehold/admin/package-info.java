/**
 * The one HTTP server of a node: Akka Management's probes, health, metrics, and the API under {@code /api/v1}, all behind
 * our own gate.
 */
@NullMarked
package dev.leasehold.admin;

import org.jspecify.annotations.NullMarked;
