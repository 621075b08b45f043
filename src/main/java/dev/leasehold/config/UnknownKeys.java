package dev.leasehold.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds keys below our root that the defaults do not have: a misspelt key would else be ignored without a word. An
 * object that is empty in the defaults takes any key.
 */
final class UnknownKeys {

    /** More letters to change than this, and it is another word. */
    private static final int FAR = 4;

    private final ConfigObject known;
    private final List<String> knownPaths = new ArrayList<>();

    UnknownKeys(ConfigObject known) {
        this.known = known;
        collect(known, ConfigLoader.ROOT);
    }

    /** @throws InvalidSettingException when there is one, with the known key that looks most like it */
    void check(ConfigObject given) {
        check(given, known, ConfigLoader.ROOT);
    }

    private void check(ConfigObject given, ConfigObject allowed, String path) {
        for (Map.Entry<String, ConfigValue> entry : given.entrySet()) {
            String key = path + "." + entry.getKey();
            ConfigValue counterpart = allowed.get(entry.getKey());
            if (counterpart == null) {
                throw new InvalidSettingException("unknown setting " + key + " ("
                        + entry.getValue().origin().description() + ")"
                        + nearest(key)
                                .map(name -> "; did you mean " + name + "?")
                                .orElse("; every setting is in reference.conf"));
            }
            if (counterpart instanceof ConfigObject inner
                    && !inner.isEmpty()
                    && entry.getValue() instanceof ConfigObject object) {
                check(object, inner, key);
            }
        }
    }

    private void collect(ConfigObject object, String path) {
        object.forEach((name, value) -> {
            knownPaths.add(path + "." + name);
            if (value instanceof ConfigObject inner) {
                collect(inner, path + "." + name);
            }
        });
    }

    /** The same name in another block comes first, then the least letters to change. */
    private Optional<String> nearest(String key) {
        Optional<String> moved = knownPaths.stream()
                .filter(path -> last(path).equals(last(key)))
                .min(Comparator.comparingInt(path -> distance(path, key)));
        return moved.or(() -> knownPaths.stream()
                .filter(path -> distance(path, key) <= FAR)
                .min(Comparator.comparingInt(path -> distance(path, key))));
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Letters to insert, drop or change to make one from the other. */
    static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            previous[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            int[] current = new int[to.length() + 1];
            current[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int changed = previous[column - 1] + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(changed, 1 + Math.min(previous[column], current[column - 1]));
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
