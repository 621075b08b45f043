package dev.leasehold.dashboard;

import dev.leasehold.admin.overview.Overview;
import java.util.ArrayList;
import java.util.List;

/**
 * The latest check cycles as bars, the newest at the right: how much each found, and what of it failed.
 *
 * @param width of the drawing, ten units a cycle
 */
public record CycleChart(int width, List<Bar> bars, String description) {

    private static final int HEIGHT = 40;
    private static final int LOWEST = 2;

    /** One rectangle; the kind is its class in the stylesheet. */
    public record Bar(String kind, int x, int y, int height) {}

    /**
     * The chart of these cycles.
     *
     * @param newestFirst at least one
     */
    public static CycleChart of(List<Overview.Cycle> newestFirst) {
        long most = newestFirst.stream().mapToLong(Overview.Cycle::found).max().orElse(0);
        List<Bar> bars = new ArrayList<>();
        int count = newestFirst.size();
        for (int i = 0; i < count; i++) {
            Overview.Cycle cycle = newestFirst.get(count - 1 - i);
            int height = scaled(cycle.found(), most);
            bars.add(new Bar(cycle.found() == 0 ? "none" : "found", i * 10 + 1, HEIGHT - height, height));
            if (cycle.failed() > 0) {
                int failed = Math.min(height, scaled(cycle.failed(), most));
                bars.add(new Bar("failed", i * 10 + 1, HEIGHT - failed, failed));
            }
        }
        return new CycleChart(
                count * 10, List.copyOf(bars), "runs found in each of the last " + count + " cycles, at most " + most);
    }

    private static int scaled(long value, long most) {
        return most == 0 ? LOWEST : (int) Math.max(LOWEST, Math.round((double) value * HEIGHT / most));
    }
}
