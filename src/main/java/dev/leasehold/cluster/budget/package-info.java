/**
 * How many connections the cluster may hold on a server, and which part of them is this node's. The server's own limit of
 * the role is the hard cap; shares by membership only have to be fair.
 */
@NullMarked
package dev.leasehold.cluster.budget;

import org.jspecify.annotations.NullMarked;
