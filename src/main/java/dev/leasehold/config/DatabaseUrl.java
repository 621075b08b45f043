package dev.leasehold.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JDBC URL taken apart, so that user and password may stand in it in either way (before the host, or as options) and
 * none of them ever stands in what is passed on, shown or logged.
 */
record DatabaseUrl(String url, Optional<String> user, Optional<String> password) {

    static final String ALLOWED = "a JDBC URL of PostgreSQL, jdbc:postgresql://host:port/database";

    private static final Pattern FORM = Pattern.compile(
            "jdbc:postgresql://(?:(?<info>[^/?]*)@)?(?<hosts>[^/?@]+)/(?<database>[^/?]+)(?:\\?(?<options>.*))?");
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(?<port>[0-9]{1,5}))?");

    /** @throws IllegalArgumentException when it is not a URL of PostgreSQL; the message does not repeat it */
    static DatabaseUrl parse(String text) {
        Matcher form = FORM.matcher(text.trim());
        if (!form.matches()) {
            throw new IllegalArgumentException(ALLOWED);
        }
        for (String host : form.group("hosts").split(",", -1)) {
            Matcher parts = HOST_AND_PORT.matcher(host);
            if (!parts.matches() || !isPort(parts.group("port"))) {
                throw new IllegalArgumentException(ALLOWED);
            }
        }
        Optional<String> user = Optional.empty();
        Optional<String> password = Optional.empty();
        String info = form.group("info");
        if (info != null) {
            int colon = info.indexOf(':');
            user = Optional.of(decoded(colon < 0 ? info : info.substring(0, colon)));
            password = colon < 0 ? Optional.empty() : Optional.of(decoded(info.substring(colon + 1)));
        }
        List<String> kept = new ArrayList<>();
        String options = form.group("options");
        for (String option : options == null ? new String[0] : options.split("&", -1)) {
            if (option.startsWith("user=")) {
                user = Optional.of(decoded(option.substring("user=".length())));
            } else if (option.startsWith("password=")) {
                password = Optional.of(decoded(option.substring("password=".length())));
            } else if (!option.isEmpty()) {
                kept.add(option);
            }
        }
        String url = "jdbc:postgresql://" + form.group("hosts") + "/" + form.group("database")
                + (kept.isEmpty() ? "" : "?" + String.join("&", kept));
        return new DatabaseUrl(url, user, password);
    }

    /** A text that may be a URL or only look like one, without what could be a secret in it. */
    static String withoutSecrets(String text) {
        return text.replaceAll("//[^/?]*@", "//***@")
                .replaceAll("(?i)((?:password|passwd|sslpassword|user)=)[^&]*", "$1***");
    }

    private static boolean isPort(@Nullable String port) {
        return port == null || (Integer.parseInt(port) > 0 && Integer.parseInt(port) <= 65535);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
