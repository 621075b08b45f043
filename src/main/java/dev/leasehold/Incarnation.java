package dev.leasehold;

import java.security.SecureRandom;

/** Names one life of one node. Never a host name: a restarted process must not adopt its predecessor's work. */
final class Incarnation {

    private static final int LENGTH = 12;
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    private Incarnation() {}

    static String next() {
        StringBuilder name = new StringBuilder("n-");
        for (int i = 0; i < LENGTH; i++) {
            name.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
        }
        return name.toString();
    }
}
