package dev.leasehold.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The user's file: its keys, its errors, and Akka's settings under it. */
class ConfigFileTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "leasehold.http.prot = 1, leasehold.http.port",
        "leasehold.htpp.port = 1, leasehold.http?",
        "leasehold.port = 1, port",
        "leasehold.demoo = on, leasehold.demo",
        "leasehold.data_dir = x, leasehold.data-dir",
        "leasehold.http { hots = x }, leasehold.http.host",
    })
    void asksWhetherAnotherKeyWasMeant(String line, String meant) throws Exception {
        Path file = write(line);

        assertThatThrownBy(() -> load(file))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("unknown setting leasehold.")
                .hasMessageContaining("did you mean leasehold.")
                .hasMessageContaining(meant)
                .hasMessageContaining(file.getFileName() + ": 1");
    }

    @Test
    void refusesAnUnknownKeyThatLooksLikeNoOther() throws Exception {
        Path file = write("leasehold.completely-different-thing = 1");

        assertThatThrownBy(() -> load(file))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("unknown setting leasehold.completely-different-thing")
                .hasMessageContaining("reference.conf");
    }

    @Test
    void saysFileAndLineOfAWrongValue() throws Exception {
        Path file = write("leasehold {\n  http.port = eighty\n}");

        assertThatThrownBy(() -> NodeSettings.from(load(file)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("leasehold.http.port")
                .hasMessageContaining("application.conf: 2")
                .hasMessageContaining("'eighty'");
    }

    @Test
    void refusesAFileThatIsNotThereOrNotReadable() throws Exception {
        assertThatThrownBy(() -> load(folder.resolve("absent.conf")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("absent.conf");
        Path broken = write("leasehold { http { ");
        assertThatThrownBy(() -> load(broken))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("application.conf: 1");
    }

    @Test
    void refusesABlockThatIsAValue() throws Exception {
        Path root = write("leasehold = 5");
        assertThatThrownBy(() -> load(root)).isInstanceOf(InvalidSettingException.class);

        Path http = write("leasehold.http = 5");
        assertThatThrownBy(() -> NodeSettings.from(load(http)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("leasehold.http");
    }

    @Test
    void takesTheFileThatWeShip() {
        Config config = load(Path.of("conf/application.conf"));

        assertThat(NodeSettings.from(config).http()).hasToString("127.0.0.1:8558");
        // Its commented-out settings are settings, too.
        assertThat(NodeSettings.from(load(uncommented())).remoting().host()).isEqualTo("node-1.example");
    }

    @Test
    void putsItsAkkaSettingsOverOurs() throws Exception {
        Config config = load(write("akka.cluster.split-brain-resolver.stable-after = 20s"));

        assertThat(config.getDuration("akka.cluster.split-brain-resolver.stable-after"))
                .isEqualTo(Duration.ofSeconds(20));
        assertThat(config.getString("akka.cluster.split-brain-resolver.active-strategy"))
                .isEqualTo("keep-majority");
        assertThat(config.getBoolean("akka.actor.allow-java-serialization")).isFalse();
    }

    @Test
    void leavesLessThanTwentySecondsForTheWholeShutdown() {
        Config phases = new ConfigLoader(StartMode.DEV, Map.of(), Map.of(), Optional.empty())
                .load()
                .getConfig("akka.coordinated-shutdown.phases");

        Duration sum = phases.root().keySet().stream()
                .map(phase -> phases.getDuration(phase + ".timeout"))
                .reduce(Duration.ZERO, Duration::plus);

        assertThat(sum).isLessThan(Duration.ofMillis(19_500));
        assertThat(phases.root()).hasSize(13);
    }

    private Path uncommented() {
        try {
            String shipped = Files.readString(Path.of("conf/application.conf"));
            return write(shipped.replaceAll("(?m)^  # ([a-z.-]+ = )", "  $1").replaceAll("(?m)^.*key-file.*$", ""));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Path write(String text) throws java.io.IOException {
        ConfigFactory.invalidateCaches();
        return Files.writeString(folder.resolve("application.conf"), text);
    }

    private static Config load(Path file) {
        return new ConfigLoader(StartMode.DEV, Map.of(), Map.of(), Optional.of(file)).load();
    }
}
