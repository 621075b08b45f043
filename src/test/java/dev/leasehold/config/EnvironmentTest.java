package dev.leasehold.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolSettings;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every environment variable, with values that are right and wrong; the environment is a map, not the process's. */
class EnvironmentTest {

    /** Variable, wrong value, and words of what is allowed. */
    private static final String WRONG = """
            LEASEHOLD_HTTP_HOST;http://localhost;without scheme
            LEASEHOLD_HTTP_HOST;two words;a host name
            LEASEHOLD_HTTP_HOST;0.0.0.0;a loopback address
            LEASEHOLD_HTTP_HOST;::;a loopback address
            LEASEHOLD_HTTP_HOST;192.0.2.7;a loopback address
            LEASEHOLD_HTTP_BEHIND_PROXY;perhaps;on or off
            LEASEHOLD_HTTP_PORT;abc;0 to 65535
            LEASEHOLD_HTTP_PORT;-1;0 to 65535
            LEASEHOLD_HTTP_PORT;65536;0 to 65535
            LEASEHOLD_HTTP_PORT;80.5;0 to 65535
            LEASEHOLD_HTTP_PORT;99999999999;0 to 65535
            LEASEHOLD_HTTP_PORT;25520;two different ports
            LEASEHOLD_REMOTING_HOST;10.0.0.1:25520;without scheme or port
            LEASEHOLD_REMOTING_PORT;port;0 to 65535
            LEASEHOLD_DATABASE_URL;postgres://db/leasehold;jdbc:postgresql://
            LEASEHOLD_DATABASE_URL;jdbc:mysql://db/leasehold;jdbc:postgresql://
            LEASEHOLD_DATABASE_URL;jdbc:postgresql://db:port/leasehold;jdbc:postgresql://
            LEASEHOLD_DATABASE_URL;jdbc:postgresql://db:0/leasehold;jdbc:postgresql://
            LEASEHOLD_DATABASE_URL;jdbc:postgresql://db:5432;jdbc:postgresql://
            LEASEHOLD_DATABASE_USER;somebody;no database URL
            LEASEHOLD_DATABASE_PASSWORD;hidden;no database URL
            LEASEHOLD_USERDATA_DATABASE_URL;db;jdbc:postgresql://
            LEASEHOLD_USERDATA_DATABASE_USER;somebody;no database URL
            LEASEHOLD_USERDATA_DATABASE_PASSWORD;hidden;no database URL
            LEASEHOLD_ADMIN_TOKEN;short;32 to 256 visible ASCII
            LEASEHOLD_ADMIN_TOKEN;0123456789 0123456789 0123456789 01;32 to 256 visible ASCII
            LEASEHOLD_KEY_FILE;/nowhere/key;existing, readable file
            LEASEHOLD_KEY_FILE;/tmp;existing, readable file
            LEASEHOLD_DEMO;perhaps;on or off
            LEASEHOLD_DEMO;1;on or off
            LEASEHOLD_ALLOWED_PRIVATE_TARGETS;10.0.0.0/33;networks
            LEASEHOLD_ALLOWED_PRIVATE_TARGETS;10.0.0.256;networks
            LEASEHOLD_ALLOWED_PRIVATE_TARGETS;http://intranet;networks
            LEASEHOLD_ALLOWED_PRIVATE_TARGETS;10.0.0.1,,10.0.0.2;networks
            LEASEHOLD_CONNECTION_BUDGET;3;4 to 100000
            LEASEHOLD_CONNECTION_BUDGET;many;4 to 100000
            DB_POOL_SIZE;0;1 to 1000
            DB_POOL_SIZE;five;1 to 1000
            DB_MAX_OVERFLOW;-1;0 to 1000
            DB_POOL_RECYCLE;0;seconds
            DB_POOL_RECYCLE;soon;seconds
            DB_POOL_TIMEOUT;-30;seconds
            DB_PLATFORM_POOL_SIZE;0;1 to 1000
            DB_PLATFORM_MAX_OVERFLOW;1001;0 to 1000
            DB_PLATFORM_POOL_RECYCLE;x;seconds
            DB_PLATFORM_POOL_TIMEOUT;x;seconds
            DB_USERDATA_POOL_SIZE;0;1 to 1000
            DB_USERDATA_MAX_OVERFLOW;x;0 to 1000
            DB_USERDATA_POOL_RECYCLE;x;seconds
            DB_USERDATA_POOL_TIMEOUT;x;seconds
            """;

    /** Any text will do for the first; the second is checked by its own package when the outbound client starts. */
    private static final List<String> UNCHECKED = List.of("LEASEHOLD_DATA_DIR", "LEASEHOLD_HTTP_CALL_SIGNING_KEY");

    @ParameterizedTest
    @Tag("row32")
    @CsvSource(delimiter = ';', textBlock = WRONG)
    void saysVariableValueAndWhatIsAllowed(String variable, String value, String allowed) {
        String message = refusal(Map.of(variable, value));

        assertThat(message).contains(variable).contains(allowed).doesNotContain("Exception");
        if (variable.endsWith("PASSWORD") || variable.endsWith("TOKEN")) {
            assertThat(message).doesNotContain(value);
        } else if (!allowed.equals("no database URL")) {
            assertThat(message).contains(value);
        }
    }

    @Test
    void triesEveryVariableThatTheDefaultsName() throws Exception {
        TreeSet<String> named = new TreeSet<>();
        try (InputStream in = ConfigLoader.class.getResourceAsStream("/reference.conf")) {
            Matcher matcher = Pattern.compile("\\$\\{\\?([A-Z0-9_]+)}")
                    .matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            while (matcher.find()) {
                named.add(matcher.group(1));
            }
        }

        TreeSet<String> tried = new TreeSet<>(UNCHECKED);
        WRONG.lines().forEach(line -> tried.add(line.substring(0, line.indexOf(';'))));

        assertThat(tried).isEqualTo(named);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://anna:sesame@db/x",
                "jdbc:postgresql://anna:sesame@db:x/y",
                "jdbc:mysql://db/x?user=anna&password=sesame",
                "jdbc:postgresql://anna:sesame@db/"
            })
    void neverRepeatsSecretsOfAUrl(String url) {
        assertThat(refusal(Map.of("LEASEHOLD_DATABASE_URL", url)))
                .contains("LEASEHOLD_DATABASE_URL")
                .doesNotContain("sesame")
                .doesNotContain("anna");
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://anna:se%2Fsame@db:5433/x?sslmode=require, anna, se/same",
        "jdbc:postgresql://db:5433/x?user=anna&sslmode=require&password=se%2Fsame, anna, se/same",
    })
    void takesUserAndPasswordOutOfTheUrl(String url, String user, String password) {
        DatabaseSettings database = load(StartMode.PRODUCTION, Map.of("LEASEHOLD_DATABASE_URL", url))
                .database()
                .orElseThrow();

        assertThat(database)
                .isEqualTo(new DatabaseSettings("jdbc:postgresql://db:5433/x?sslmode=require", user, password));
        assertThat(database.toString()).doesNotContain(password);
    }

    @Test
    void prefersUserAndPasswordOfTheirOwnVariables() {
        NodeSettings settings = load(
                StartMode.PRODUCTION,
                Map.of(
                        "LEASEHOLD_DATABASE_URL", "jdbc:postgresql://a:b@db1,db2:5433/x",
                        "LEASEHOLD_DATABASE_USER", "c",
                        "LEASEHOLD_DATABASE_PASSWORD", "d",
                        "LEASEHOLD_USERDATA_DATABASE_URL", "jdbc:postgresql://[::1]:5432/y?user=e"));

        assertThat(settings.database()).contains(new DatabaseSettings("jdbc:postgresql://db1,db2:5433/x", "c", "d"));
        assertThat(settings.userdataDatabase())
                .contains(new DatabaseSettings("jdbc:postgresql://[::1]:5432/y", "e", ""));
    }

    @Test
    @Tag("row32")
    void givesBothPoolsTheOldSystemsNumbersUnlessTold() {
        Config config = config(StartMode.PRODUCTION, Map.of(), Map.of());

        for (PoolName pool : PoolName.values()) {
            PoolSettings settings = PoolSettings.from(config, pool);
            assertThat(settings.size()).isEqualTo(5);
            assertThat(settings.maxOverflow()).isEqualTo(10);
            assertThat(settings.recycle()).isEqualTo(Duration.ofMinutes(30));
            assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(30));
        }
    }

    @Test
    @Tag("row32")
    void readsEveryVariable() throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of(
                "LEASEHOLD_HTTP_HOST", "0.0.0.0",
                "LEASEHOLD_HTTP_PORT", "0",
                "LEASEHOLD_REMOTING_HOST", "node-1.example",
                "LEASEHOLD_REMOTING_PORT", "25521",
                "LEASEHOLD_DATA_DIR", "/var/lib/leasehold",
                "LEASEHOLD_ADMIN_TOKEN", "0123456789-0123456789-0123456789!",
                "LEASEHOLD_DEMO", "off",
                "LEASEHOLD_ALLOWED_PRIVATE_TARGETS", "10.1.0.0/16, ::1,Intranet",
                "LEASEHOLD_CONNECTION_BUDGET", "60"));
        environment.put("LEASEHOLD_HTTP_BEHIND_PROXY", "on");
        environment.put("DB_POOL_SIZE", "7");
        environment.put("DB_USERDATA_POOL_SIZE", "9");
        environment.put("DB_POOL_RECYCLE", "600");
        environment.put("DB_PLATFORM_POOL_TIMEOUT", "1500ms");

        NodeSettings settings = load(StartMode.DEV, environment);
        Config config = config(StartMode.DEV, environment, Map.of());

        assertThat(settings.http()).hasToString("0.0.0.0:0");
        assertThat(settings.remoting()).hasToString("node-1.example:25521");
        assertThat(config.getString("akka.remote.artery.canonical.hostname")).isEqualTo("node-1.example");
        assertThat(settings.dataDir()).isEqualTo(Path.of("/var/lib/leasehold"));
        assertThat(settings.adminToken()).contains("0123456789-0123456789-0123456789!");
        assertThat(settings.toString()).doesNotContain("0123456789");
        assertThat(settings.demo()).isFalse();
        assertThat(settings.connectionBudget()).hasValue(60);
        assertThat(settings.allowedPrivateTargets().hosts()).containsExactly("intranet");
        assertThat(settings.allowedPrivateTargets().networks()).hasSize(2);
        assertThat(PoolSettings.from(config, PoolName.PLATFORM))
                .isEqualTo(
                        new PoolSettings(PoolName.PLATFORM, 7, 10, Duration.ofMinutes(10), Duration.ofMillis(1500), 2));
        assertThat(PoolSettings.from(config, PoolName.USERDATA).size()).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"})
    void listensOnLoopbackWithoutAProxy(String host) {
        assertThat(load(StartMode.PRODUCTION, Map.of("LEASEHOLD_HTTP_HOST", host))
                        .http()
                        .host())
                .isEqualTo(host);
    }

    @Test
    void winsOverFileAndSystemProperty() {
        Map<String, String> properties = Map.of("leasehold.http.port", "9001");

        assertThat(config(StartMode.DEV, Map.of(), properties).getInt("leasehold.http.port"))
                .isEqualTo(9001);
        assertThat(config(StartMode.DEV, Map.of("LEASEHOLD_HTTP_PORT", "9002"), properties)
                        .getInt("leasehold.http.port"))
                .isEqualTo(9002);
    }

    @Test
    void countsAnEmptyVariableAsNotSet() {
        NodeSettings settings = load(StartMode.DEV, Map.of("LEASEHOLD_HTTP_PORT", "", "LEASEHOLD_DATABASE_URL", " "));

        assertThat(settings.http().port()).isEqualTo(8558);
        assertThat(settings.database()).isEmpty();
    }

    @Test
    void opensDemoAndLoopbackUnderStartDevOnly() throws Exception {
        NodeSettings dev = load(StartMode.DEV, Map.of());
        NodeSettings production = load(StartMode.PRODUCTION, Map.of());

        assertThat(dev.demo()).isTrue();
        assertThat(dev.allowedPrivateTargets().allow("x", InetAddress.getByName("127.1.2.3")))
                .isTrue();
        assertThat(dev.allowedPrivateTargets().allow("x", InetAddress.getByName("10.0.0.1")))
                .isFalse();
        assertThat(production.demo()).isFalse();
        assertThat(production.allowedPrivateTargets().allow("x", InetAddress.getLoopbackAddress()))
                .isFalse();
        assertThat(load(StartMode.DEV, Map.of("LEASEHOLD_ALLOWED_PRIVATE_TARGETS", "none"))
                        .allowedPrivateTargets()
                        .networks())
                .isEmpty();
    }

    private static String refusal(Map<String, String> environment) {
        var thrown = assertThatThrownBy(() -> {
            Config config = config(StartMode.DEV, environment, Map.of());
            NodeSettings.from(config);
            for (PoolName pool : PoolName.values()) {
                PoolSettings.from(config, pool);
            }
        });
        thrown.isInstanceOf(InvalidSettingException.class);
        String[] message = new String[1];
        thrown.satisfies(e -> message[0] = String.valueOf(e.getMessage()));
        return message[0];
    }

    private static NodeSettings load(StartMode mode, Map<String, String> environment) {
        return NodeSettings.from(config(mode, environment, Map.of()));
    }

    private static Config config(StartMode mode, Map<String, String> environment, Map<String, String> properties) {
        return new ConfigLoader(mode, environment, properties, Optional.empty()).load();
    }
}
