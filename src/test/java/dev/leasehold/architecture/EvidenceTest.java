package dev.leasehold.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which test holds which promise: what docs/testing.md says of it is so. */
class EvidenceTest {

    private static final Pattern LINE = Pattern.compile("\\| `((?:H|row)\\d+)` \\| [^|]+ \\| (`[^|]+`) \\|");
    private static final Pattern TEST = Pattern.compile("`(\\w+)`");

    /** By tag. */
    private static Map<String, List<String>> tables() throws IOException {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("docs/testing.md"))) {
            Matcher row = LINE.matcher(line);
            if (row.matches()) {
                tables.put(
                        row.group(1),
                        TEST.matcher(row.group(2))
                                .results()
                                .map(test -> test.group(1))
                                .toList());
            }
        }
        return tables;
    }

    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            Map<String, String> sources = new LinkedHashMap<>();
            for (Path file :
                    files.filter(each -> each.toString().endsWith("Test.java")).toList()) {
                sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
            return sources;
        }
    }

    @Test
    void namesTestsForEveryHardCaseAndEveryPromiseOfThePools() throws IOException {
        Stream<String> cases = IntStream.rangeClosed(1, 45).mapToObj(no -> "H" + no);
        Stream<String> promises = IntStream.concat(
                        IntStream.concat(IntStream.rangeClosed(1, 22), IntStream.rangeClosed(27, 41)), IntStream.of(43))
                .mapToObj(no -> "row" + no);

        assertThat(tables().keySet()).containsAll(Stream.concat(cases, promises).collect(Collectors.toSet()));
    }

    @Test
    void namesOnlyTestsThatCarryTheTag() throws IOException {
        Map<String, String> sources = sources();

        tables().forEach((tag, tests) -> assertThat(tests)
                .as(tag)
                .isNotEmpty()
                .allSatisfy(test -> assertThat(sources.get(test)).as(test).contains("@Tag(\"" + tag + "\")")));
    }
}
