package dev.leasehold.type.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** Measures of a page's text: words, a hash that changes with it, and a number that is close for close texts. */
final class PageText {

    private static final int SHINGLE = 3;
    private static final int MOST_SHINGLES = 20_000;

    private final List<String> words = new ArrayList<>();

    PageText(String text) {
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
    }

    int count() {
        return words.size();
    }

    String hash() {
        return HexFormat.of().formatHex(sha256(String.join(" ", words)), 0, 16);
    }

    /**
     * Each run of three words votes with the bits of its hash; the majority makes the result. Texts that share most runs
     * differ in few bits.
     */
    long similarity() {
        int[] votes = new int[64];
        int last = Math.min(words.size() - SHINGLE, MOST_SHINGLES);
        for (int start = 0; start <= last; start++) {
            byte[] hash = sha256(String.join(" ", words.subList(start, start + SHINGLE)));
            for (int bit = 0; bit < 64; bit++) {
                votes[bit] += ((hash[bit / 8] >> (bit % 8)) & 1) == 1 ? 1 : -1;
            }
        }
        long result = 0;
        for (int bit = 0; bit < 64; bit++) {
            if (votes[bit] > 0) {
                result |= 1L << bit;
            }
        }
        return result;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
