package dev.leasehold;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;

public final class InvoiceReminder implements TaskHandler<InvoiceReminder.Invoice> {

    public record Invoice(long id) {}

    @Override
    public TaskType<Invoice> type() {
        return TaskType.of("invoice-reminder", Invoice.class);
    }

    @Override
    public Outcome run(Invoice invoice, TaskContext context) throws Exception {
        // Effect and completion commit together.
        return context.transaction(connection -> {
            try (var update = connection.prepareStatement("UPDATE invoice SET reminded = true WHERE id = ?")) {
                update.setLong(1, invoice.id());
                return update.executeUpdate() == 1 ? Outcome.success() : Outcome.skipped("no such invoice");
            }
        });
    }
}
