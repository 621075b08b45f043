package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The test of the test: the ledger with a fault planted is compiled anew, and the model must find the fault. */
@Tag("long")
class LedgerMutationTest {

    private static final Path SOURCES = Path.of("src/main/java/dev/leasehold/lease/ledger");
    private static final int SEQUENCES = 20_000;

    @TempDir
    Path folder = Path.of("");

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("Owners", "return entry != null && life > entry.life;", "return false;"),
                fault("Ledger", "stock.retire(slots.get(held.slot()), Retirement.REVOKED);", """
                        slots.move(slots.get(held.slot()), State.EMPTY);"""),
                fault("Ledger", "stock.retire(slots.get(held.slot()), Retirement.REVOKED);", """
                        slots.move(slots.get(held.slot()), State.IDLE);"""),
                fault("Ledger", "Held<A> held = live.get(leaseId);\n        if (held == null) {", """
                        Held<A> held = live.isEmpty() ? null : live.values().iterator().next();
                        if (held == null) {"""),
                fault("Fence", "if (seen == RELEASED) {", "if (seen == OFFERED && seen == RELEASED) {"),
                fault("Ledger", "held.fence().inFlight() == 0 && !held.fence().isBroken()", "!held.fence().isBroken()"),
                fault("Ledger", "!held.fence().isTouched() && !slot.suspect", "!slot.suspect"),
                fault("Stock", "slots.busyOnes().forEach(slot -> slot.outdated = true);", ""),
                fault("Stock", "retireIdle(Retirement.UNFIT);", ""),
                fault("Stock", "if (!fit || slot.outdated) {", "if (slot.outdated) {"),
                fault("Ledger", "drop(request -> waiting.add(request.id()), Denial.DOWN);", ""),
                fault("Lookout", "if (over) {", "if (false) {"),
                fault("Lookout", "yield idle ?", "yield false ?"),
                fault("Lookout", "late && fence.withdraw()", "false"),
                fault("Fence", "epoch.current() != bornIn || !claim()", "!claim()"),
                fault("Ledger", "if (owners.holds(request.scope())) {\n            forget", """
                        if (false) {
                            forget"""),
                fault("ClassQueue", "waiting.addLast(request);", "waiting.addFirst(request);"),
                fault("Slots", "return all.size() - count(State.EMPTY);", """
                        return all.size() - count(State.EMPTY) - count(State.RETIRING);"""),
                fault("Ledger", "drop(request -> request.owner().equals(owner), null);", ""),
                fault("Ledger", "settle(held, now); // its", "// its"),
                fault("Permits", "free <= reserveLeft()", "false"),
                fault(
                        "Permits",
                        "return budget - slots.count(State.LEASED)",
                        "return budget + 1 - slots.count(State.LEASED)"));
    }

    private static Arguments fault(String file, String right, String wrong) {
        return Arguments.of(file, right, wrong);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void findsThePlantedFault(String file, String right, String wrong) throws Exception {
        compileWith(file, right, wrong);

        @Nullable Throwable found = null;
        try (FaultyLedger loader = new FaultyLedger(folder)) {
            Method play = loader.loadClass(LedgerModelTest.class.getName()).getDeclaredMethod("play", int.class);
            play.setAccessible(true);
            for (int seed = 0; seed < SEQUENCES && found == null; seed++) {
                found = failureOf(play, seed);
            }
        }

        assertThat(found).as("the model's complaint").isNotNull();
    }

    private static @Nullable Throwable failureOf(Method play, int seed) throws IllegalAccessException {
        try {
            play.invoke(null, seed);
            return null;
        } catch (InvocationTargetException e) {
            return e.getCause();
        }
    }

    private void compileWith(String file, String right, String wrong) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-nowarn", "-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
        try (Stream<Path> sources = Files.list(SOURCES)) {
            for (Path source : sources.toList()) {
                String text = Files.readString(source);
                if (source.getFileName().toString().equals(file + ".java")) {
                    assertThat(text).as("what is to be replaced").contains(right);
                    text = text.replace(right, wrong);
                }
                Path copy = folder.resolve(source.getFileName());
                Files.writeString(copy, text);
                if (!copy.endsWith("package-info.java")) {
                    arguments.add(copy.toString());
                }
            }
        }
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertThat(result).as("compiler's result").isZero();
    }

    /** Takes the ledger from the folder, and the model anew beside it. */
    private static final class FaultyLedger extends URLClassLoader {

        private static final String PACKAGE = "dev.leasehold.lease.ledger.";
        private final Path folder;

        private FaultyLedger(Path folder) throws IOException {
            super(new URL[] {folder.toUri().toURL()}, LedgerMutationTest.class.getClassLoader());
            this.folder = folder;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(PACKAGE)) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? define(name) : loaded;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String file = name.replace('.', File.separatorChar) + ".class";
            try {
                byte[] bytes = Files.exists(folder.resolve(file))
                        ? Files.readAllBytes(folder.resolve(file))
                        : ofTheModel(name);
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, new UncheckedIOException(e));
            }
        }

        private static byte[] ofTheModel(String name) throws IOException {
            String resource = "/" + name.replace('.', '/') + ".class";
            try (InputStream in = LedgerMutationTest.class.getResourceAsStream(resource)) {
                return Objects.requireNonNull(in, resource).readAllBytes();
            }
        }
    }
}
