package dev.leasehold.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.leasehold.architecture.PackagesTest.PRODUCTION;

import akka.actor.typed.Behavior;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import dev.leasehold.Leasehold;
import dev.leasehold.cluster.RemoteMessage;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.Temporal;
import java.util.Date;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How code behaves everywhere: where time comes from, what an actor never does, what crosses from node to node. */
class HabitsTest {

    private static final Set<String> WAITING = Set.of("get", "join", "await", "acquire", "sleep", "wait", "ask");

    @Test
    void takesTimeFromAClockOrTheTicker() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Ticker")
                .should()
                .callMethodWhere(describe("time is read past the clock", HabitsTest::readsTimeItself))
                .check(PRODUCTION);
    }

    @Test
    void makesTheClockWhereAProcessOrAnApplicationStartsANodeOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.leasehold.cli..", "dev.leasehold.testkit..")
                .and()
                .areNotAssignableTo(Leasehold.class)
                .should()
                .callMethodWhere(describe(
                        "a clock is made",
                        call -> call.getTargetOwner().isEquivalentTo(Clock.class)
                                && call.getTarget().getName().startsWith("system")))
                .check(PRODUCTION);
    }

    /** The guardian decides and tells others to do; what it would wait for, all its requesters would wait for. */
    @Test
    @Tag("H22")
    @Tag("P15")
    void letsNoGuardianTouchADatabase() {
        noClasses()
                .that()
                .haveSimpleName("PoolGuardian")
                .or()
                .haveSimpleName("GuardianDeeds")
                .or()
                .resideInAPackage("dev.leasehold.lease.ledger..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "com.zaxxer..", "org.postgresql..")
                .check(PRODUCTION);
    }

    @Test
    @Tag("H22")
    void neverWaitsInAnActor() {
        noClasses()
                .that(areActors())
                .should()
                .callMethodWhere(describe("somebody waits", HabitsTest::waits))
                .check(PRODUCTION);
    }

    @Test
    void neverUsesJavaSerialization() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class)
                .check(PRODUCTION);
    }

    @Test
    void sendsRecordsAndEnumsToOtherNodes() {
        classes()
                .that()
                .areAssignableTo(RemoteMessage.class)
                .and()
                .areNotInterfaces()
                .should()
                .beRecords()
                .orShould()
                .beEnums()
                // Empty until there is a second node to talk to.
                .allowEmptyShould(true)
                .check(PRODUCTION);
    }

    private static boolean readsTimeItself(JavaMethodCall call) {
        JavaClass owner = call.getTargetOwner();
        String name = call.getTarget().getName();
        boolean withoutArguments = call.getTarget().getRawParameterTypes().isEmpty();
        return (owner.isEquivalentTo(System.class) && (name.equals("currentTimeMillis") || name.equals("nanoTime")))
                || (name.equals("now")
                        && owner.isAssignableTo(Temporal.class)
                        && call.getTarget().getRawParameterTypes().stream()
                                .noneMatch(type -> type.isEquivalentTo(Clock.class)))
                || (owner.isEquivalentTo(Instant.class) && name.equals("now") && withoutArguments)
                || owner.isEquivalentTo(Date.class);
    }

    private static DescribedPredicate<JavaClass> areActors() {
        return describe(
                "have behaviors",
                type -> type.getMethods().stream()
                        .anyMatch(method -> method.getRawReturnType().isEquivalentTo(Behavior.class)));
    }

    private static boolean waits(JavaMethodCall call) {
        JavaClass owner = call.getTargetOwner();
        return WAITING.contains(call.getTarget().getName())
                && (owner.isAssignableTo(Future.class)
                        || owner.isAssignableTo(CompletionStage.class)
                        || owner.isEquivalentTo(CompletableFuture.class)
                        || owner.isEquivalentTo(CountDownLatch.class)
                        || owner.isEquivalentTo(Semaphore.class)
                        || owner.isEquivalentTo(Thread.class)
                        || call.getTarget().getName().equals("wait"));
    }
}
