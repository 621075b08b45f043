package dev.leasehold.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts the layers of configuration together, strongest first: environment, system properties, the user's file, the
 * defaults of the start mode, Leasehold's settings of Akka, and all {@code reference.conf}.
 *
 * <p>Which variable sets which key is said once, by <code>${?VARIABLE}</code> in {@code reference.conf}. The environment
 * wins over the user's file all the same, although HOCON alone would let the file hide the variable.
 */
public final class ConfigLoader {

    static final String ROOT = "leasehold";
    private static final String VARIABLE_ORIGIN = "environment variable ";
    private static final ConfigResolveOptions WITHOUT_PROCESS_ENVIRONMENT =
            ConfigResolveOptions.defaults().setUseSystemEnvironment(false);

    private final StartMode mode;
    private final Map<String, String> environment;
    private final Map<String, String> properties;
    private final Optional<Path> file;

    /**
     * @param environment the variables to look at; those that the defaults do not name are ignored
     * @param properties system properties; those not below {@code leasehold.} or {@code akka.} are ignored
     * @param file the user's configuration file
     */
    public ConfigLoader(
            StartMode mode, Map<String, String> environment, Map<String, String> properties, Optional<Path> file) {
        this.mode = mode;
        this.environment = Map.copyOf(environment);
        this.properties = Map.copyOf(properties);
        this.file = file;
    }

    /**
     * The whole configuration, resolved.
     *
     * @throws InvalidSettingException when the file cannot be read or has keys that Leasehold does not know
     */
    public Config load() {
        try {
            Config defaults = modeDefaults()
                    .withFallback(ConfigFactory.parseResources(loader(), "leasehold-akka.conf"))
                    .withFallback(ConfigFactory.defaultReferenceUnresolved(loader()));
            Config variables = variables();
            Config user = systemProperties().withFallback(userFile());
            refuseUnknownKeys(user, defaults, variables);
            return overrides(defaults, variables)
                    .withFallback(user)
                    .withFallback(defaults)
                    .withFallback(variables)
                    .resolve(WITHOUT_PROCESS_ENVIRONMENT);
        } catch (ConfigException e) {
            throw new InvalidSettingException("the configuration cannot be read: " + e.getMessage());
        }
    }

    /** The variable that a value came from, if it came from one. */
    static Optional<String> variableOf(ConfigValue value) {
        String origin = value.origin().description();
        return origin.startsWith(VARIABLE_ORIGIN)
                ? Optional.of(origin.substring(VARIABLE_ORIGIN.length()))
                : Optional.empty();
    }

    private Config modeDefaults() {
        return mode == StartMode.DEV
                ? ConfigFactory.parseResources(loader(), "leasehold-dev.conf")
                : ConfigFactory.empty();
    }

    private Config userFile() {
        if (file.isEmpty()) {
            return ConfigFactory.empty();
        }
        Path path = file.get();
        if (!Files.isReadable(path)) {
            throw new InvalidSettingException("config.file is '" + path + "', which is not a readable file");
        }
        return ConfigFactory.parseFile(
                path.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    }

    private Config systemProperties() {
        Config config = ConfigFactory.empty();
        for (Map.Entry<String, String> property : properties.entrySet()) {
            String key = property.getKey();
            if (key.startsWith(ROOT + ".") || key.startsWith("akka.")) {
                config = config.withValue(
                        key, ConfigValueFactory.fromAnyRef(property.getValue(), "system property " + key));
            }
        }
        return config;
    }

    /** The environment as a layer in which <code>${?NAME}</code> finds it. Empty ones are left out: they count as not set. */
    private Config variables() {
        Config config = ConfigFactory.empty();
        for (Map.Entry<String, String> variable : environment.entrySet()) {
            if (!variable.getValue().isBlank() && variable.getKey().matches("[A-Z][A-Z0-9_]*")) {
                config = config.withValue(
                        variable.getKey(),
                        ConfigValueFactory.fromAnyRef(variable.getValue(), VARIABLE_ORIGIN + variable.getKey()));
            }
        }
        return config;
    }

    /** What the environment sets, alone: everything below our root whose value came from a variable. */
    private static Config overrides(Config defaults, Config variables) {
        Config resolved = defaults.withFallback(variables).resolve(WITHOUT_PROCESS_ENVIRONMENT);
        Config overrides = ConfigFactory.empty();
        for (Map.Entry<String, ConfigValue> entry :
                resolved.getConfig(ROOT).atPath(ROOT).entrySet()) {
            if (variableOf(entry.getValue()).isPresent()) {
                overrides = overrides.withValue(entry.getKey(), entry.getValue());
            }
        }
        return overrides;
    }

    private static void refuseUnknownKeys(Config user, Config defaults, Config variables) {
        if (!user.root().containsKey(ROOT)) {
            return;
        }
        @Nullable ConfigValue ours = user.root().get(ROOT);
        if (!(ours instanceof ConfigObject given)) {
            throw new InvalidSettingException("'leasehold' must be a block: leasehold { … }");
        }
        Config known = defaults.withFallback(variables).resolve(WITHOUT_PROCESS_ENVIRONMENT);
        new UnknownKeys(known.getObject(ROOT)).check(given);
    }

    private static ClassLoader loader() {
        return ConfigLoader.class.getClassLoader();
    }
}
