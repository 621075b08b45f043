package dev.leasehold.engine.plan;

import org.jspecify.annotations.Nullable;

/** Text on its way into columns of PostgreSQL, which take any character but NUL, and no half of a surrogate pair. */
final class Texts {

    private static final char REPLACEMENT = '\uFFFD';

    private Texts() {}

    /** The text, cut, with what cannot be stored replaced. */
    static @Nullable String storable(@Nullable String text, int maxLength) {
        if (text == null) {
            return null;
        }
        String cut = text.length() <= maxLength ? text : text.substring(0, maxLength);
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            if (c == 0 || Character.isSurrogate(c)) {
                return replaced(cut);
            }
        }
        return cut;
    }

    private static String replaced(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                clean.append(c).append(text.charAt(++i));
            } else {
                clean.append(c == 0 || Character.isSurrogate(c) ? REPLACEMENT : c);
            }
        }
        return clean.toString();
    }
}
