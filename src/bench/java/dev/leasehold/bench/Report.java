package dev.leasehold.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Writes report.json, report.md and a picture for each figure that more than one system has. */
final class Report {

    private final BenchSettings settings;
    private final Results results;
    private final Machine machine;
    private final Instant startedAt;
    private final Duration lasted;

    Report(BenchSettings settings, Results results, Machine machine, Instant startedAt, Duration lasted) {
        this.settings = settings;
        this.results = results;
        this.machine = machine;
        this.startedAt = startedAt;
        this.lasted = lasted;
    }

    void write() throws IOException {
        Path folder = settings.folder();
        removePictures(folder);
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        Files.write(folder.resolve("report.json"), mapper.writeValueAsBytes(results.rows()));
        StringBuilder text = new StringBuilder();
        head(text);
        new Bars(results).append(text);
        figures(text, folder);
        conditions(text);
        Files.writeString(folder.resolve("report.md"), text);
    }

    /** Of an earlier run, which may have measured more. */
    private static void removePictures(Path folder) throws IOException {
        try (DirectoryStream<Path> pictures = Files.newDirectoryStream(folder, "*.svg")) {
            for (Path picture : pictures) {
                Files.delete(picture);
            }
        }
    }

    private void head(StringBuilder text) {
        text.append("# Leasehold beside its peers\n\n");
        if (settings.smoke()) {
            text.append("**Smoke run with tiny sizes: it shows that everything works; the figures mean nothing.**\n\n");
        }
        text.append("All systems in turns on one embedded PostgreSQL ")
                .append(machine.postgres().get("server_version"))
                .append(", each on a fresh database, ")
                .append(BenchSettings.CONNECTIONS)
                .append(" connections each, no-op tasks, ")
                .append(settings.rounds())
                .append(settings.rounds() == 1 ? " round" : " rounds")
                .append(
                        ". Shown are medians, and the range over the rounds. Only ratios from one run count: the machine")
                .append(" decides about the rest.\n\n");
        text.append("Begun ")
                .append(startedAt)
                .append(", lasted ")
                .append(lasted.toMinutes())
                .append(" min ")
                .append(lasted.toSecondsPart())
                .append(" s.\n\n");
        if (!results.failures().isEmpty()) {
            text.append("## Not measured\n\n");
            results.failures()
                    .forEach(failure -> text.append("- ").append(failure).append('\n'));
            text.append('\n');
        }
    }

    private void figures(StringBuilder text, Path folder) throws IOException {
        text.append("## Figures\n\n");
        for (String figure : results.figures()) {
            List<String> systems = results.systems(figure);
            text.append("### ").append(figure).append("\n\n");
            text.append("| system | median | range | × db-scheduler | × raw |\n|---|---:|---:|---:|---:|\n");
            for (String system : systems) {
                row(text, system, figure);
            }
            text.append('\n');
            if (systems.size() > 1) {
                String picture = figure + ".svg";
                Files.writeString(folder.resolve(picture), BarChart.of(figure, systems, results));
                text.append("![").append(figure).append("](").append(picture).append(")\n\n");
            }
        }
    }

    private void row(StringBuilder text, String system, String figure) {
        double[] values = results.values(system, figure);
        double median = results.median(system, figure).orElseThrow();
        text.append("| ")
                .append(system)
                .append(" | ")
                .append(number(median))
                .append(" | ")
                .append(number(values[0]))
                .append(" – ")
                .append(number(values[values.length - 1]))
                .append(" | ")
                .append(ratio(median, results.median("db-scheduler", figure)))
                .append(" | ")
                .append(ratio(median, results.median("raw", figure)))
                .append(" |\n");
    }

    private void conditions(StringBuilder text) {
        text.append("## Conditions\n\n");
        table(text, "Machine", machine.facts());
        table(text, "PostgreSQL", machine.postgres());
        results.settings().forEach((system, of) -> table(text, system, of));
        text.append("Repeat with `")
                .append(BenchSettings.command())
                .append("`; docs/benchmark.md says how to read it.\n");
    }

    private static void table(StringBuilder text, String title, Map<String, String> rows) {
        text.append("### ").append(title).append("\n\n| | |\n|---|---|\n");
        rows.forEach((name, value) ->
                text.append("| ").append(name).append(" | ").append(value).append(" |\n"));
        text.append('\n');
    }

    private static String ratio(double value, OptionalDouble other) {
        return other.isEmpty() || other.getAsDouble() == 0
                ? "–"
                : String.format(Locale.ROOT, "%.2f", value / other.getAsDouble());
    }

    /** As many digits as mean something. */
    static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.3f", value);
    }
}
