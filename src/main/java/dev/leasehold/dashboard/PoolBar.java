package dev.leasehold.dashboard;

import dev.leasehold.admin.overview.Overview;
import java.util.ArrayList;
import java.util.List;

/**
 * The bar of a pool: one cell a permit, in the order leased, moving, retiring, idle, free, with a mark where overflow begins.
 * Large pools are drawn without gaps.
 *
 * @param width of the drawing, ten units a permit
 * @param sizeMark where overflow begins
 */
public record PoolBar(int width, int sizeMark, int markWidth, List<Part> parts, String description) {

    private static final int CELL = 10;
    private static final int MOST_CELLS = 60;

    /** One rectangle; the kind is its class in the stylesheet. */
    public record Part(String kind, int x, int width) {}

    /** The bar of this pool. */
    public static PoolBar of(Overview.Pool pool) {
        Drawing drawing = new Drawing(pool.max() <= MOST_CELLS);
        int moving = pool.opening() + pool.cleaning();
        drawing.add("leased", pool.checkedOut());
        drawing.add("moving", moving);
        drawing.add("retiring", pool.retiring());
        drawing.add("idle", pool.checkedIn());
        int used = pool.checkedOut() + moving + pool.retiring() + pool.checkedIn();
        drawing.add("free", Math.max(0, pool.max() - used));
        int width = Math.max(pool.max(), used) * CELL;
        return new PoolBar(
                width,
                Math.min(pool.size() * CELL - 1, width),
                Math.max(1, width / 300),
                List.copyOf(drawing.parts),
                pool.checkedOut() + " of " + pool.max() + " connections leased, " + pool.checkedIn() + " idle, "
                        + moving + " opening or cleaning, " + pool.retiring() + " retiring");
    }

    private static final class Drawing {
        private final boolean cells;
        private final List<Part> parts = new ArrayList<>();
        private int x;

        Drawing(boolean cells) {
            this.cells = cells;
        }

        void add(String kind, int count) {
            for (int i = 0; cells && i < count; i++) {
                parts.add(new Part(kind, x + i * CELL, CELL - 2));
            }
            if (!cells && count > 0) {
                parts.add(new Part(kind, x, count * CELL));
            }
            x += count * CELL;
        }
    }
}
