package dev.leasehold.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsTest {

    @Test
    void writesOwnMetersAndThoseOfTheJvmAsPrometheusText() {
        try (Metrics metrics = new Metrics()) {
            metrics.registry().counter("leasehold_fenced_writes").increment(3);

            assertThat(metrics.prometheusText())
                    .contains("leasehold_fenced_writes_total 3.0", "jvm_memory_used_bytes", "process_uptime_seconds")
                    .contains("# TYPE leasehold_fenced_writes_total counter");
        }
    }
}
