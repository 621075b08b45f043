package dev.leasehold.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    private Path scratch;

    @Test
    void answersWhatAProgramSaidAndLeavesNoFileBehind() throws Exception {
        Programs.Result result = new Programs(scratch).run(List.of("sh", "-c", "echo said; exit 3"), LIMIT);

        assertThat(result).isEqualTo(new Programs.Result(3, "said"));
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void saysThatItWasStoppedWhenTheStopCameBeforeTheProgram() {
        Programs programs = new Programs(scratch);
        programs.stop();

        assertThatThrownBy(() -> programs.run(List.of("true"), LIMIT))
                .isInstanceOf(EmbeddedPostgresException.class)
                .hasMessage("stopped while starting");
    }
}
