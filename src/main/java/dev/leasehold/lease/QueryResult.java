package dev.leasehold.lease;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a statement answered.
 *
 * @param columns labels in order; empty when the statement has no result set
 * @param rows values in the order of the columns
 * @param updateCount rows changed; -1 when the statement has a result set
 * @param retries attempts before the one that answered
 */
public record QueryResult(List<String> columns, List<List<@Nullable Object>> rows, int updateCount, int retries) {}
