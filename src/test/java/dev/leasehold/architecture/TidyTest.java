package dev.leasehold.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the tree looks: sizes, package descriptions, names of migrations, nothing that has no place. */
class TidyTest {

    private static final int FILE_LINES_MAX = 400;
    private static final int METHOD_LINES_MAX = 70;

    /** A member that opens a block; the formatter indents members of a top-level type by four. */
    private static final Pattern METHOD = Pattern.compile(" {4}(?!.*\\b(class|interface|record|enum)\\b)(?! )\\S.*\\{");

    @Test
    void keepsFilesShort() {
        assertThat(sources(".java").filter(file -> lines(file).size() > FILE_LINES_MAX))
                .isEmpty();
    }

    @Test
    void keepsMethodsShort() {
        List<String> tooLong = new ArrayList<>();
        sources(".java").forEach(file -> {
            int start = -1;
            List<String> lines = lines(file);
            for (int line = 0; line < lines.size(); line++) {
                if (start < 0 && METHOD.matcher(lines.get(line)).matches()) {
                    start = line;
                } else if (start >= 0 && lines.get(line).equals("    }")) {
                    if (line - start + 1 > METHOD_LINES_MAX) {
                        tooLong.add(file + ":" + (start + 1));
                    }
                    start = -1;
                }
            }
        });

        assertThat(tooLong).isEmpty();
    }

    @Test
    void describesEveryPackageAndChecksItsNulls() {
        List<Path> folders = sources(".java").map(Path::getParent).distinct().toList();

        assertThat(folders).hasSizeGreaterThan(10).allSatisfy(folder -> {
            Path own = folder.resolve("package-info.java");
            // Tests that live in a package of the product share its description.
            Path product = Path.of(own.toString().replaceFirst("^src.test", "src/main"));
            assertThat(Files.exists(product) ? product : own)
                    .content()
                    .startsWith("/**")
                    .contains("@NullMarked");
        });
    }

    @Test
    void numbersMigrationsAndSaysWhyEachIsThere() {
        List<Path> migrations =
                sources(".sql").filter(file -> file.toString().contains("/db/")).toList();

        assertThat(migrations).isNotEmpty().allSatisfy(file -> {
            assertThat(file.getFileName().toString()).matches("(V[0-9]+|R)__[a-z0-9_]+\\.sql");
            assertThat(lines(file).get(0)).startsWith("-- ");
        });
    }

    @Test
    void hasNothingAtTheTopThatHasNoPlaceThere() throws IOException {
        try (Stream<Path> top = Files.list(Path.of("."))) {
            assertThat(top.map(path -> path.getFileName().toString()))
                    .isSubsetOf(
                            "pom.xml",
                            "src",
                            "conf",
                            "docs",
                            "README.md",
                            "LICENSE",
                            "NOTICE",
                            "CHANGELOG.md",
                            ".ci",
                            ".mvn",
                            ".git",
                            ".gitignore",
                            "target",
                            "data",
                            ".idea",
                            "leasehold.iml");
        }
    }

    private static Stream<Path> sources(String ending) {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
