package dev.leasehold.type.sql;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks that a text is one statement that leaves the transaction alone: a COMMIT inside would part the effect from the
 * completion. Reads just enough of SQL to step over comments and quoted text.
 */
public final class OneStatement {

    private static final Set<String> TRANSACTION = Set.of(
            "abort",
            "begin",
            "commit",
            "discard",
            "end",
            "listen",
            "prepare",
            "release",
            "reset",
            "rollback",
            "savepoint",
            "set",
            "start",
            "unlisten");

    private static final Pattern DOLLAR = Pattern.compile("\\$([A-Za-z_\\x80-\\uffff][\\w\\x80-\\uffff]*)?\\$");
    private static final Pattern WORD = Pattern.compile("[A-Za-z_]+");

    private final String sql;
    private int at;

    private OneStatement(String sql) {
        this.sql = sql;
    }

    /**
     * Checks a text.
     *
     * @throws IllegalArgumentException when it is not one statement, or one that is refused
     */
    public static void check(String sql) {
        new OneStatement(sql).check();
    }

    private void check() {
        skipBlanks();
        Matcher word = WORD.matcher(sql).region(at, sql.length());
        if (word.lookingAt() && TRANSACTION.contains(word.group().toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "statement must not control the transaction or the session: " + word.group());
        }
        while (at < sql.length()) {
            if (sql.charAt(at) == ';') {
                at++;
                skipBlanks();
                if (at < sql.length()) {
                    throw new IllegalArgumentException("statement must be one statement, not several");
                }
            } else if (!skipQuoted()) {
                at++;
            }
        }
    }

    private void skipBlanks() {
        while (at < sql.length() && (Character.isWhitespace(sql.charAt(at)) || skipComment())) {
            if (at < sql.length() && Character.isWhitespace(sql.charAt(at))) {
                at++;
            }
        }
    }

    private boolean skipComment() {
        if (sql.startsWith("--", at)) {
            int end = sql.indexOf('\n', at);
            at = end < 0 ? sql.length() : end;
            return true;
        }
        if (!sql.startsWith("/*", at)) {
            return false;
        }
        int depth = 0;
        do {
            if (sql.startsWith("/*", at)) {
                depth++;
                at += 2;
            } else if (sql.startsWith("*/", at)) {
                depth--;
                at += 2;
            } else {
                at++;
            }
        } while (depth > 0 && at < sql.length());
        return true;
    }

    private boolean skipQuoted() {
        if (skipComment()) {
            return true;
        }
        char c = sql.charAt(at);
        if (c == '\'' || c == '"') {
            boolean escapes = c == '\'' && at > 0 && "eE".indexOf(sql.charAt(at - 1)) >= 0 && startsWord(at - 1);
            skipTo(c, escapes);
            return true;
        }
        if (c != '$' || (at > 0 && Character.isJavaIdentifierPart(sql.charAt(at - 1)))) {
            return false;
        }
        Matcher tag = DOLLAR.matcher(sql).region(at, sql.length());
        if (!tag.lookingAt()) {
            return false;
        }
        int end = sql.indexOf(tag.group(), tag.end());
        at = end < 0 ? sql.length() : end + tag.group().length();
        return true;
    }

    private boolean startsWord(int index) {
        return index == 0 || !Character.isJavaIdentifierPart(sql.charAt(index - 1));
    }

    private void skipTo(char quote, boolean escapes) {
        at++;
        while (at < sql.length() && sql.charAt(at) != quote) {
            at += escapes && sql.charAt(at) == '\\' ? 2 : 1;
        }
        at = Math.min(at + 1, sql.length());
    }
}
