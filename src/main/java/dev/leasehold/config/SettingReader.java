package dev.leasehold.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Reads the settings of one block and says clearly what is wrong with one: the environment variable or the place in the
 * file, the value unless it is a secret, and what is allowed.
 */
public final class SettingReader {

    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\\[?[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*]?");
    private static final Pattern SECRET = Pattern.compile(".*(password|token|secret|signing-key)");

    private final Config config;
    private final String block;

    private SettingReader(Config config, String block) {
        this.config = config;
        this.block = block;
    }

    /** Reads below a block, as {@code leasehold.http}, of the whole configuration. */
    public static SettingReader of(Config config, String block) {
        return new SettingReader(config, block);
    }

    /**
     * Reads settings whose record checks them by itself or reads them straight from the configuration, and turns its
     * complaint into the one that stops the start.
     */
    public static <T> T checked(Supplier<T> settings) {
        try {
            return settings.get();
        } catch (ConfigException | IllegalArgumentException e) {
            throw new InvalidSettingException(String.valueOf(e.getMessage()));
        }
    }

    /** Whether the key has a value. */
    public boolean isSet(String key) {
        return config.hasPath(path(key));
    }

    /** A text that is not blank. */
    public String text(String key) {
        String text = read(key, "a text", config::getString);
        if (text.isBlank()) {
            throw wrong(key, "a text that is not empty");
        }
        return text;
    }

    public Optional<String> optionalText(String key) {
        return isSet(key) ? Optional.of(text(key)) : Optional.empty();
    }

    /** A whole number within limits, both included. */
    public int integer(String key, int min, int max) {
        return integer(key, min, max, "a whole number from " + min + " to " + max);
    }

    /** A number within limits, both included. */
    public double number(String key, double min, double max) {
        String allowed = "a number from " + min + " to " + max;
        double number = read(key, allowed, config::getDouble);
        if (!(number >= min && number <= max)) {
            throw wrong(key, allowed);
        }
        return number;
    }

    /** A duration with its unit (500ms, 30s, 5m) within limits, both included. */
    public Duration duration(String key, Duration min, Duration max) {
        String allowed = "a duration from " + shown(min) + " to " + shown(max) + ", with its unit (500ms, 30s, 5m)";
        // Typesafe takes a bare number for milliseconds; hardly anyone who writes one means that.
        if (read(key, allowed, config::getString).matches("\\s*[0-9.]+\\s*")) {
            throw wrong(key, allowed);
        }
        return within(key, min, max, allowed, read(key, allowed, config::getDuration));
    }

    /** A duration within limits, both included, in which a number without unit means seconds. */
    public Duration seconds(String key, Duration min, Duration max) {
        String allowed = "seconds, or a duration with its unit, from " + shown(min) + " to " + shown(max);
        String text = read(key, allowed, config::getString).trim();
        Duration value = text.matches("[0-9]{1,9}")
                ? Duration.ofSeconds(Long.parseLong(text))
                : read(key, allowed, config::getDuration);
        return within(key, min, max, allowed, value);
    }

    /** {@code on} or {@code off}. */
    public boolean onOff(String key) {
        return read(key, "on or off", config::getBoolean);
    }

    /** A port to listen on; 0 is any free one. */
    public int port(String key) {
        return integer(key, 0, 65535, "a port from 0 to 65535 (0: any free port)");
    }

    /** A host name or an address. */
    public String host(String key) {
        String host = text(key);
        if (!HOST.matcher(host).matches()) {
            throw wrong(key, "a host name or an address, without scheme or port");
        }
        return host;
    }

    /** A path in the file system; whether something is there is for the caller to see. */
    public Path file(String key) {
        try {
            return Path.of(text(key));
        } catch (InvalidPathException e) {
            throw wrong(key, "a path");
        }
    }

    /** One of an enum's names, in lower case with dashes. */
    public <E extends Enum<E>> E choice(String key, Class<E> type) {
        String text = text(key);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> label(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> wrong(
                        key,
                        String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                        .map(SettingReader::label)
                                        .toList())));
    }

    /** The error that says what is allowed at this key; the value of a secret is left out. */
    public InvalidSettingException wrong(String key, String allowed) {
        return new InvalidSettingException(named(key) + saidOf(key) + "; allowed: " + allowed);
    }

    /** How messages call the key: the variable first, if the value came from one. */
    public String named(String key) {
        if (!isSet(key)) {
            return path(key);
        }
        ConfigValue value = config.getValue(path(key));
        return ConfigLoader.variableOf(value)
                .map(variable -> variable + " (" + path(key) + ")")
                .orElseGet(() -> path(key) + " (" + value.origin().description() + ")");
    }

    private String saidOf(String key) {
        if (!isSet(key)) {
            return " is not set";
        }
        if (SECRET.matcher(key).matches()) {
            return " has a value that is not allowed (not shown)";
        }
        ConfigValue value = config.getValue(path(key));
        String shown = value.valueType() == ConfigValueType.STRING
                ? String.valueOf(value.unwrapped())
                : value.render(com.typesafe.config.ConfigRenderOptions.concise());
        return " is '" + (key.endsWith("url") ? DatabaseUrl.withoutSecrets(shown) : shown) + "'";
    }

    private int integer(String key, int min, int max, String allowed) {
        // Typesafe would cut 80.5 down to 80.
        String text = read(key, allowed, config::getString).trim();
        if (!text.matches("-?[0-9]{1,10}") || Long.parseLong(text) < min || Long.parseLong(text) > max) {
            throw wrong(key, allowed);
        }
        return Integer.parseInt(text);
    }

    private Duration within(String key, Duration min, Duration max, String allowed, Duration value) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw wrong(key, allowed);
        }
        return value;
    }

    private <T> T read(String key, String allowed, Function<String, T> getter) {
        try {
            return getter.apply(path(key));
        } catch (ConfigException e) {
            throw wrong(key, allowed);
        }
    }

    private String path(String key) {
        return block + "." + key;
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String shown(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }
}
