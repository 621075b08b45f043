package dev.leasehold.engine.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import dev.leasehold.store.Json;
import dev.leasehold.task.StartRate;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The types that have a handler on this node. Fixed at start; tasks of other types wait. */
public final class TypeRegistry {

    /** A type with the code that does its work. */
    public record Registered<P>(TaskType<P> type, TaskHandler<P> handler) {

        static <P> Registered<P> of(TaskHandler<P> handler) {
            return new Registered<>(handler.type(), handler);
        }

        /**
         * Reads a payload into the type's class.
         *
         * @throws IllegalArgumentException when the class refuses it; the message names the field where it can
         */
        public P payload(String json) {
            try {
                return Json.MAPPER.readValue(json, type.payloadClass());
            } catch (JsonProcessingException e) {
                throw refused(e);
            }
        }

        /** As {@link #payload(String)}, from a tree. */
        public P payload(JsonNode json) {
            try {
                return Json.MAPPER.treeToValue(json, type.payloadClass());
            } catch (JsonProcessingException e) {
                throw refused(e);
            }
        }

        private IllegalArgumentException refused(JsonProcessingException e) {
            Throwable cause = e.getCause();
            if (e instanceof ValueInstantiationException && cause != null) {
                return new IllegalArgumentException(cause.getMessage(), e); // the payload class says what it refuses
            }
            return new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    private final Map<String, Registered<?>> types = new TreeMap<>();

    /** @throws IllegalArgumentException when two handlers are of one type */
    public TypeRegistry(Collection<? extends TaskHandler<?>> handlers) {
        for (TaskHandler<?> handler : handlers) {
            Registered<?> type = Registered.of(handler);
            if (types.put(type.type().name(), type) != null) {
                throw new IllegalArgumentException(
                        "two handlers for type " + type.type().name());
            }
        }
    }

    public Optional<Registered<?>> find(String name) {
        return Optional.ofNullable(types.get(name));
    }

    /** Names of all types, in order. */
    public Set<String> names() {
        return java.util.Collections.unmodifiableSet(types.keySet());
    }

    /** How often tasks may start for each concurrency key by itself, of the types whose definition says so. */
    public Map<String, StartRate> keyRates() {
        Map<String, StartRate> rates = new TreeMap<>();
        for (Registered<?> each : types.values()) {
            StartRate rate = each.type().keyRate();
            if (rate != null) {
                rates.put(each.type().name(), rate);
            }
        }
        return rates;
    }

    /** All types, in the order of their names. */
    public Collection<Registered<?>> all() {
        return java.util.Collections.unmodifiableCollection(types.values());
    }
}
