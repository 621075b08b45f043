/**
 * Types and real input for trying Leasehold out: tasks that sleep, fail and leak on purpose, a website with planted
 * faults, and an authorization server. Present only where the demo is on.
 */
@NullMarked
package dev.leasehold.type.demo;

import org.jspecify.annotations.NullMarked;
