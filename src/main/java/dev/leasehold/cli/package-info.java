/** The command line: {@code main} and its subcommands, over the public face of everything else. */
@NullMarked
package dev.leasehold.cli;

import org.jspecify.annotations.NullMarked;
