package dev.leasehold.type.monitoring;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import org.jspecify.annotations.Nullable;

/**
 * What a check found.
 *
 * @param met whether it is as it should be
 * @param value milliseconds of an HTTP check, the compared value of an SQL check; null where nothing could be measured
 * @param detail what was expected and what was seen
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Measurement(boolean met, @Nullable Double value, String detail) {}
