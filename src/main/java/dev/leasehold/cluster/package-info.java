/** The node among its peers: incarnation, membership, placement of lanes, shares of the budget. */
@NullMarked
package dev.leasehold.cluster;

import org.jspecify.annotations.NullMarked;
