package dev.leasehold.lease;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** SQL as it may be shown: text constants can be anybody's data, so they are left out. */
final class SqlText {

    // Quoted text with doubled quotes, E'' text with backslashes, dollar-quoted text; unterminated ones up to the end.
    private static final Pattern CONSTANT = Pattern.compile(
            "[eE]'(?:[^'\\\\]|\\\\.|'')*+(?:'|$)|'(?:[^']|'')*+(?:'|$)|(\\$\\w*\\$).*?(?:\\1|$)", Pattern.DOTALL);

    private SqlText() {}

    static @Nullable String masked(@Nullable String sql) {
        return sql == null ? null : CONSTANT.matcher(sql).replaceAll("'?'");
    }
}
