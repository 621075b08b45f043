@NullMarked
package dev.leasehold.admin;

import org.jspecify.annotations.NullMarked;
