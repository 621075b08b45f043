package dev.leasehold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

    private final StringWriter said = new StringWriter();
    private final CommandLine program = new CommandLine(new Main())
            .setOut(new PrintWriter(said))
            .setErr(new PrintWriter(said))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));

    @Test
    void explainsCommandsAndExitStatus() {
        assertThat(program.execute("--help")).isZero();

        assertThat(said.toString()).contains("start-dev", "start ", "doctor", "Exit status:", "143");
    }

    @Test
    void knowsItsVersion() {
        assertThat(program.execute("--version")).isZero();

        assertThat(said.toString()).matches("leasehold [0-9]+\\.[0-9]+\\.[0-9]+\\S*\\R");
    }

    @Test
    void refusesWhatItDoesNotKnowWithStatusTwo() {
        assertThat(program.execute("begin")).isEqualTo(2);
        assertThat(program.execute()).isEqualTo(2);

        assertThat(said.toString()).contains("'begin'", "Name a command");
    }
}
