@NullMarked
package dev.leasehold.admin.auth;

import org.jspecify.annotations.NullMarked;
