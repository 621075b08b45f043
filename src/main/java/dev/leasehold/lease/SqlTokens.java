package dev.leasehold.lease;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts SQL into tokens as the server does, as far as {@link PlainSql} must know. Where the server's reading depends on
 * settings, or is a rare one, it gives up.
 */
final class SqlTokens {

    private enum Kind {
        NAME,
        QUOTED_NAME,
        VALUE,
        SIGN
    }

    /** Names without quotes are in lower case, as the server has them. */
    record Token(Kind kind, String text) {

        /** A word or sign of the language. */
        boolean is(String word) {
            return (kind == Kind.NAME || kind == Kind.SIGN) && text.equals(word);
        }

        boolean isName() {
            return kind == Kind.NAME || kind == Kind.QUOTED_NAME;
        }

        boolean isQuoted() {
            return kind == Kind.QUOTED_NAME;
        }
    }

    private final String sql;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private SqlTokens(String sql) {
        this.sql = sql;
    }

    /** Null when this is not to be understood for certain. */
    static @Nullable List<Token> of(String sql) {
        // What a backslash means depends on settings and prefixes; braces are JDBC's own language.
        if (sql.indexOf('\\') >= 0 || sql.indexOf('{') >= 0 || sql.indexOf('\0') >= 0) {
            return null;
        }
        SqlTokens reader = new SqlTokens(sql);
        return reader.read() ? reader.tokens : null;
    }

    private boolean read() {
        while (at < sql.length()) {
            if (!next()) {
                return false;
            }
        }
        return true;
    }

    private boolean next() {
        char c = sql.charAt(at);
        if (" \t\n\r\f".indexOf(c) >= 0) {
            at++;
            return true;
        }
        if (sql.startsWith("--", at)) {
            while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
                at++;
            }
            return true;
        }
        if (sql.startsWith("/*", at)) {
            return comment();
        }
        if (c == '\'' || c == '"') {
            return quoted(c);
        }
        if (c == '$') {
            return parameter();
        }
        if (startsName(c)) {
            return name();
        }
        if (isDigit(c)) {
            return number();
        }
        add(Kind.SIGN, String.valueOf(c));
        at++;
        return true;
    }

    /** They nest. */
    private boolean comment() {
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
        return depth == 0;
    }

    private boolean quoted(char quote) {
        StringBuilder text = new StringBuilder();
        at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c != quote) {
                text.append(c);
            } else if (at < sql.length() && sql.charAt(at) == quote) {
                text.append(c);
                at++;
            } else {
                add(quote == '"' ? Kind.QUOTED_NAME : Kind.VALUE, text.toString());
                return true;
            }
        }
        return false;
    }

    /** {@code $1}; a dollar anywhere else begins a quotation, which is left to the server. */
    private boolean parameter() {
        int start = at++;
        while (at < sql.length() && isDigit(sql.charAt(at))) {
            at++;
        }
        add(Kind.VALUE, sql.substring(start, at));
        return at > start + 1 && (at == sql.length() || (sql.charAt(at) != '$' && !startsName(sql.charAt(at))));
    }

    private boolean name() {
        StringBuilder text = new StringBuilder();
        while (at < sql.length() && (startsName(sql.charAt(at)) || isDigit(sql.charAt(at)) || sql.charAt(at) == '$')) {
            char c = sql.charAt(at++);
            text.append(c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c);
        }
        add(Kind.NAME, text.toString());
        // U&"…" and U&'…' have escapes of their own.
        return !(text.toString().equals("u") && at < sql.length() && sql.charAt(at) == '&');
    }

    private boolean number() {
        int start = at;
        while (at < sql.length() && (isDigit(sql.charAt(at)) || sql.charAt(at) == '.')) {
            at++;
        }
        add(Kind.VALUE, sql.substring(start, at));
        return true;
    }

    private static boolean startsName(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text));
    }
}
