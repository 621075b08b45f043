package dev.leasehold.engine.plan;

import java.util.regex.Pattern;

/**
 * Masks what looks like a secret in text that is kept and shown: credentials after a telling word, bearer tokens, user info
 * in URLs, our own tokens. A help against carelessness, not a promise: what has no such sign cannot be told from text.
 */
public final class Secrets {

    private static final String MASK = "***";

    private static final Pattern NAMED = Pattern.compile(
            "(?i)((?:pass(?:word|wd|phrase)?|secret|client[_-]?secret|(?:access|refresh|id|api|auth)[_-]?(?:token|key)|token"
                    + "|apikey|credentials?)[\"']?\\s*[=:]\\s*[\"']?)(?!\\*)[^\\s\"',;&}]+");
    private static final Pattern AUTHORIZATION = Pattern.compile("(?i)\\b(bearer|basic)\\s+[A-Za-z0-9._~+/=-]{8,}");
    private static final Pattern USER_INFO = Pattern.compile("(?i)([a-z][a-z0-9+.-]*://)[^/\\s@]+@");
    private static final Pattern OWN_TOKEN = Pattern.compile("\\blh_[A-Za-z0-9_-]{16,}");

    private Secrets() {}

    /** The text with a mask in the place of each. */
    public static String masked(String text) {
        String masked = NAMED.matcher(text).replaceAll("$1" + MASK);
        masked = AUTHORIZATION.matcher(masked).replaceAll("$1 " + MASK);
        masked = USER_INFO.matcher(masked).replaceAll("$1" + MASK + "@");
        return OWN_TOKEN.matcher(masked).replaceAll("lh_" + MASK);
    }
}
