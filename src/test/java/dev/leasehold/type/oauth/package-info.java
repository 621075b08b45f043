@NullMarked
package dev.leasehold.type.oauth;

import org.jspecify.annotations.NullMarked;
