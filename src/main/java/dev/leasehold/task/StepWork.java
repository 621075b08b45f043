package dev.leasehold.task;

/** The work of a step; what it returns is stored as JSON. */
@FunctionalInterface
public interface StepWork<T> {

    T run() throws Exception;
}
