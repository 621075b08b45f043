package dev.leasehold.admin.http;

import java.util.ArrayList;
import java.util.List;

/** Collects every fault of a request, so that its sender learns of all at once. */
public final class Faults {

    private final List<Fault> found = new ArrayList<>();

    public void add(String path, String message) {
        found.add(new Fault(path, message));
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    public int size() {
        return found.size();
    }

    public List<Fault> list() {
        return List.copyOf(found);
    }

    /** Throws the 422 that lists them, if there are any. */
    public void check() {
        if (!found.isEmpty()) {
            throw new ProblemException(Problem.invalid(found));
        }
    }
}
