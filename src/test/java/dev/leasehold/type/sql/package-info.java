@NullMarked
package dev.leasehold.type.sql;

import org.jspecify.annotations.NullMarked;
