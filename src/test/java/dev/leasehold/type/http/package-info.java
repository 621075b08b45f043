@NullMarked
package dev.leasehold.type.http;

import org.jspecify.annotations.NullMarked;
