@NullMarked
package dev.leasehold.type.web;

import org.jspecify.annotations.NullMarked;
