package dev.leasehold.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of packages: what each may use of the others, and who may touch the database. */
class PackagesTest {

    private static final String ROOT = "dev.leasehold";

    static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("schedule", List.of()),
            Map.entry("task", List.of("schedule")),
            Map.entry("config", List.of()),
            Map.entry("metrics", List.of()),
            Map.entry("embedded", List.of("config")),
            Map.entry("outbound", List.of("config", "metrics")),
            Map.entry("lease", List.of("config", "metrics")),
            Map.entry("store", List.of("task", "schedule")),
            Map.entry("cluster", List.of("config", "metrics", "lease", "store")),
            Map.entry("engine", List.of("task", "schedule", "store", "lease", "cluster", "config", "metrics")),
            Map.entry("type", List.of("task", "schedule", "config", "outbound", "lease")),
            Map.entry("admin", List.of("engine", "lease", "cluster", "store", "task", "schedule", "config", "metrics")),
            Map.entry("dashboard", List.of("admin")),
            Map.entry("testkit", List.of("task", "schedule", "config", "embedded", "lease", "store", "engine", "")),
            Map.entry(
                    "cli",
                    List.of(
                            "schedule",
                            "task",
                            "config",
                            "metrics",
                            "embedded",
                            "outbound",
                            "lease",
                            "store",
                            "cluster",
                            "engine",
                            "type",
                            "admin",
                            "dashboard",
                            "")));

    @ParameterizedTest
    @MethodSource("packages")
    void usesOnlyWhatTheTableAllows(String name) {
        List<String> allowed = Stream.concat(MAY_USE.getOrDefault(name, List.of()).stream(), Stream.of(name))
                .map(other -> other.isEmpty() ? ROOT : ROOT + "." + other + "..")
                .toList();

        classes()
                .that()
                .resideInAPackage(ROOT + "." + name + "..")
                .should()
                .onlyDependOnClassesThat(
                        resideOutsideOfPackage(ROOT + "..").or(resideInAnyPackage(allowed.toArray(String[]::new))))
                .check(PRODUCTION);
    }

    @Test
    void hasALineInTheTableForEveryPackage() {
        assertThat(MAY_USE.keySet()).containsAll(packages().toList());
    }

    @Test
    void keepsTheCommandLineOutOfTheRoot() {
        noClasses()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".cli..")
                .check(PRODUCTION);
    }

    /** JUnit is there for users' tests alone: nothing of a running node needs it. */
    @Test
    void keepsJUnitInTheTestKitAndTheTestKitOutOfTheNode() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".testkit..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.junit..", ROOT + ".testkit..")
                .check(PRODUCTION);
    }

    @Test
    void hasNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(PRODUCTION);
    }

    /** A connection is passed through by whoever asks for one: from the lease into a function of the store. */
    @Test
    void touchesJdbcOnlyWhereTheTableSays() {
        noClasses()
                .that(doNotTalkToDatabases())
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
                        .and(not(assignableTo(Connection.class)))
                        .and(not(assignableTo(SQLException.class))))
                .check(PRODUCTION);
        noClasses()
                .that(doNotTalkToDatabases())
                .should()
                .callMethodWhere(describe(
                        "a connection is used", call -> call.getTargetOwner().isAssignableTo(Connection.class)))
                .check(PRODUCTION);
    }

    /** Acceptance row 2: nobody but the pools' guardian has a way to a raw connection. */
    @Test
    @Tag("row2")
    @Tag("row21")
    @Tag("row39")
    void opensConnectionsOnlyInLease() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".lease..")
                .should()
                .dependOnClassesThat(resideInAPackage("com.zaxxer..")
                        .or(assignableTo(DataSource.class))
                        .or(assignableTo(DriverManager.class)))
                .check(PRODUCTION);
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + ".lease..", ROOT + ".embedded..")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(org.postgresql.Driver.class)
                .check(PRODUCTION);
    }

    @Test
    void namesPackagesForWhatTheyAre() {
        noClasses()
                .should()
                .resideInAnyPackage(
                        "..util..",
                        "..utils..",
                        "..common..",
                        "..helper..",
                        "..helpers..",
                        "..impl..",
                        "..model..",
                        "..manager..")
                .check(PRODUCTION);
    }

    private static DescribedPredicate<JavaClass> doNotTalkToDatabases() {
        return not(resideInAnyPackage(
                ROOT + ".lease..",
                ROOT + ".store..",
                ROOT + ".type..",
                // Prepares the server that it has just started, before there is any pool.
                ROOT + ".embedded.."));
    }

    static Stream<String> packages() {
        return PRODUCTION.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(ROOT + "."))
                .map(name -> name.substring(ROOT.length() + 1).split("\\.", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new))
                .stream();
    }
}
