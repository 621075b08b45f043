/** What a page shows of the whole at one moment: plain values, read in one go. */
@NullMarked
package dev.leasehold.admin.overview;

import org.jspecify.annotations.NullMarked;
