package dev.leasehold.bench;

import java.util.List;
import java.util.Locale;

/**
 * A picture of one figure: a bar for each system as long as its median, a thin line over the range of the rounds, and
 * the number beside it, since a bar of a slow system may be too short to see.
 */
final class BarChart {

    private static final int WIDTH = 720;
    private static final int LABELS = 110;
    private static final int NUMBERS = 90;
    private static final int TOP = 36;
    private static final int STEP = 30;
    private static final int BAR = 18;

    private BarChart() {}

    static String of(String figure, List<String> systems, Results results) {
        double longest = systems.stream()
                .mapToDouble(system -> largest(results.values(system, figure)))
                .max()
                .orElse(0);
        double scale = longest > 0 ? (WIDTH - LABELS - NUMBERS) / longest : 0;
        int height = TOP + STEP * systems.size() + 6;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
                <title>%s</title>
                <rect width="100%%" height="100%%" fill="#ffffff"/>
                <g font-family="sans-serif" font-size="13" fill="#1f2933">
                <text x="8" y="20" font-weight="bold">%s</text>
                """, WIDTH, height, WIDTH, height, figure, figure));
        int y = TOP;
        for (String system : systems) {
            bar(
                    svg,
                    system,
                    results.values(system, figure),
                    results.median(system, figure).orElse(0),
                    scale,
                    y);
            y += STEP;
        }
        return svg.append("</g>\n</svg>\n").toString();
    }

    private static void bar(StringBuilder svg, String system, double[] values, double median, double scale, int y) {
        double end = LABELS + Math.max(0, median) * scale;
        double low = LABELS + Math.max(0, values[0]) * scale;
        double high = LABELS + Math.max(0, largest(values)) * scale;
        int middle = y + BAR / 2;
        svg.append(String.format(
                Locale.ROOT,
                """
                <text x="%d" y="%d" text-anchor="end">%s</text>
                <rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>
                <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#1f2933"/>
                <text x="%.1f" y="%d">%s</text>
                """,
                LABELS - 8,
                middle + 5,
                system,
                LABELS,
                y,
                Math.max(1, end - LABELS),
                BAR,
                system.equals("leasehold") ? "#0b7285" : "#adb5bd",
                low,
                middle,
                high,
                middle,
                Math.max(end, high) + 6,
                middle + 5,
                Report.number(median)));
    }

    private static double largest(double[] sorted) {
        return sorted.length == 0 ? 0 : sorted[sorted.length - 1];
    }
}
