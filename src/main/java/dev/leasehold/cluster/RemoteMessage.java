package dev.leasehold.cluster;

/**
 * Marks a message that may cross from node to node. Akka writes it as CBOR with Jackson; a message without this mark is
 * refused at the border, since Java serialization is off. Each one is held by a round-trip test.
 */
public interface RemoteMessage {}
