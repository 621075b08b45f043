package dev.leasehold.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.InvoiceReminder;
import dev.leasehold.InvoiceReminder.Invoice;
import dev.leasehold.schedule.Cron;
import dev.leasehold.task.TaskId;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.time.ZoneId;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@LeaseholdTest(handlers = InvoiceReminder.class)
class InvoiceReminderTest {

    @BeforeAll
    static void makeInvoices(TestNode node) {
        node.onDatabase(connection -> {
            try (var statement = connection.createStatement()) {
                return statement.execute(
                        "CREATE TABLE invoice (id bigint PRIMARY KEY, reminded boolean DEFAULT false)");
            }
        });
        node.onDatabase(connection -> {
            try (var statement = connection.createStatement()) {
                return statement.executeUpdate("INSERT INTO invoice VALUES (42), (43)");
            }
        });
    }

    @Test
    void remindsOnceTheTimeHasCome(TestNode node) {
        TaskSpec spec = TaskSpec.of("invoice-reminder", new Invoice(42));
        TaskId task = node.create(spec.dueAt(node.now().plus(Duration.ofDays(14))));

        node.jump(Duration.ofDays(13));
        node.runDue();
        assertThat(node.outcomes(task)).isEmpty();

        node.jump(Duration.ofDays(1));
        node.runDue();
        assertThat(node.outcomes(task)).singleElement().satisfies(run -> {
            assertThat(run.outcome()).isEqualTo("success");
            assertThat(run.finishedAt()).isAfterOrEqualTo(run.dueAt());
        });
    }

    @Test
    void remindsEveryMorning(TestNode node) {
        TaskSpec spec = TaskSpec.of("invoice-reminder", new Invoice(43));
        TaskId task = node.create(spec.schedule(Cron.of("0 9 * * *", ZoneId.of("Europe/Berlin"))));

        for (int day = 0; day < 3; day++) {
            node.jump(Duration.ofDays(1));
            node.runDue();
        }

        assertThat(node.outcomes(task))
                .hasSize(3)
                .allSatisfy(run -> assertThat(
                                run.dueAt().atZone(ZoneId.of("Europe/Berlin")).getHour())
                        .isEqualTo(9));
    }
}
