package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import dev.leasehold.engine.watch.PoolAlertSettings;
import dev.leasehold.engine.watch.PoolWatch;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Migrations;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each trouble of a real pool becomes one alert, and the alert is over when the trouble is. The watch lives by a clock
 * that the test moves; the pool by the machine's.
 */
@Tag("row20")
class PoolAlertsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration CLEAR_AFTER = Duration.ofSeconds(30);

    private static TestPools pools;

    private final AtomicLong now = new AtomicLong();
    private final List<AtomicLong> looks = new ArrayList<>();
    private final List<Lease> held = new ArrayList<>();
    private ActorRef<PoolWatch.Command> watch;
    private TestProbe<LeaseEvent> owner;

    @BeforeAll
    static void start() {
        pools = new TestPools("""
                leasehold {
                  pool { leak-outside = 1h, hard-cap = 2h, leak-in-transaction = 3s }
                  userdata-pool { size = 2, max-overflow = 0 }
                }
                """);
        Migrations.migratePlatform(pools.database.url(), pools.database.user(), pools.database.password());
    }

    @AfterAll
    static void stop() throws Exception {
        pools.close();
    }

    @BeforeEach
    void watch() {
        owner = pools.owner();
        watch = watch("node-1:1");
        lookAgain();
    }

    @AfterEach
    void giveBack() throws Exception {
        held.forEach(Lease::release);
        pools.kit.stop(watch);
        pools.database.execute("DELETE FROM leasehold.alert");
    }

    private ActorRef<PoolWatch.Command> watch(String address) {
        AtomicLong seen = new AtomicLong();
        looks.add(seen);
        PoolAlertSettings settings =
                PoolAlertSettings.from(ConfigFactory.parseString("leasehold.engine.pool-alerts.look = 10ms")
                        .withFallback(ConfigFactory.load())
                        .resolve());
        return pools.kit.spawn(PoolWatch.create(new PoolWatch.Setup(
                address,
                settings,
                Map.of(
                        PoolName.PLATFORM, pools.pools.guardian(PoolName.PLATFORM),
                        PoolName.USERDATA, pools.pools.guardian(PoolName.USERDATA)),
                pools.pools.leases(),
                () -> {
                    seen.incrementAndGet();
                    return now.get();
                })));
    }

    /** Until the watch has seen what is so now, by the clock as it stands. */
    private void lookAgain() {
        for (AtomicLong each : looks) {
            long before = each.get();
            // The answer of the second look from now on was asked for after this call.
            await().until(() -> each.get() >= before + 2);
        }
    }

    private void pass(Duration time) {
        lookAgain();
        now.addAndGet(time.toNanos());
        lookAgain();
    }

    /** A lease in use, so that it is no suspect. */
    private Lease take() {
        Lease lease = pools.lease(owner, LONG);
        held.add(lease);
        return lease;
    }

    private static List<Alerts.Row> rows(boolean openOnly) throws SQLException {
        try (Connection connection = pools.database.connect()) {
            return Alerts.list(connection, null, openOnly, 100);
        }
    }

    private static List<String> open() throws SQLException {
        return rows(true).stream()
                .map(row -> row.alert().source() + " " + row.alert().name())
                .sorted()
                .toList();
    }

    private static void awaitOpen(String... names) {
        List<String> wanted = java.util.Arrays.stream(names)
                .map(name -> "pool/userdata@node-1:1 " + name)
                .toList();
        await().untilAsserted(() -> assertThat(open()).isEqualTo(wanted));
    }

    private static void assertRaisedOnce(String name) throws SQLException {
        assertThat(rows(false))
                .filteredOn(row -> row.alert().name().equals(name))
                .satisfiesExactly(row -> {
                    assertThat(row.times()).isEqualTo(1);
                    assertThat(row.clearedAt()).isNotNull();
                });
    }

    @Test
    void tellsOfSaturationOnceItHasLastedAndUntilItIsOverForGood() throws Exception {
        take();
        take();
        pass(Duration.ofSeconds(29));
        assertThat(open()).isEmpty();

        pass(Duration.ofSeconds(1));
        awaitOpen("pool_saturated");
        pass(Duration.ofMinutes(5));
        held.remove(0).release();
        pass(CLEAR_AFTER.minusSeconds(1));
        take(); // it begins again before it was over: still the same alert
        pass(Duration.ofSeconds(1));
        assertThat(open()).hasSize(1);
        held.remove(0).release();
        pass(CLEAR_AFTER);

        awaitOpen();
        assertRaisedOnce("pool_saturated");
    }

    @Test
    void forgetsTroubleThatDidNotLast() throws Exception {
        take();
        Lease second = take();
        pass(Duration.ofSeconds(29));
        second.release();
        lookAgain();
        take();
        pass(Duration.ofSeconds(29));

        assertThat(open()).isEmpty();
    }

    @Test
    void tellsOfRequestsThatWait() throws Exception {
        take();
        take();
        long waiting = pools.acquire(owner, LONG);
        pass(Duration.ofSeconds(9));
        assertThat(open()).isEmpty();

        pass(Duration.ofSeconds(1));
        awaitOpen("pool_waiting");
        pools.pools.guardian(PoolName.USERDATA).tell(new PoolGuardian.CancelAcquire(waiting));
        await().until(() -> pools.status().waiting() == 0);
        pass(CLEAR_AFTER);

        assertRaisedAndOver("pool_waiting");
    }

    @Test
    void tellsOfRequestsThatWaitInVain() throws Exception {
        take();
        take();
        long before = pools.status().timeouts();
        timeOut(4);
        await().until(() -> pools.status().timeouts() == before + 4);
        lookAgain();
        assertThat(open()).isEmpty();

        timeOut(1);
        awaitOpen("pool_timeouts");
        pass(Duration.ofSeconds(20));
        assertThat(open()).hasSize(1); // within the minute they still count
        held.forEach(Lease::release);
        pass(Duration.ofMinutes(1));
        pass(CLEAR_AFTER);

        assertRaisedAndOver("pool_timeouts");
    }

    private void timeOut(int requests) {
        for (int no = 0; no < requests; no++) {
            pools.acquire(PoolName.USERDATA, owner.getRef(), owner.getRef(), 0, LONG, "", Duration.ofMillis(20));
        }
    }

    @Test
    void tellsOfLeasesThatLookLikeLeaksBeforeTheyAreTakenBack() throws Exception {
        long before = pools.status().leaked();
        Lease forgotten = pools.lease(owner, LONG);
        CompletableFuture<Object> leak = TestPools.onOwnThread(() -> forgotten.inTransaction(connection -> {
            connection.createStatement().execute("SELECT 1");
            new CountDownLatch(1).await();
            return true;
        }));

        awaitOpen("pool_leaks");
        assertThat(rows(true).get(0).alert().message())
                .startsWith("0 leases of pool userdata have leaked")
                .endsWith("1 look as if they would");
        await().until(() -> pools.status().leaked() == before + 1);
        pass(Duration.ofMinutes(4));
        assertThat(rows(true)).hasSize(1);
        pass(Duration.ofMinutes(1));
        pass(CLEAR_AFTER);

        assertThat(leak).isCompletedExceptionally();
        assertRaisedAndOver("pool_leaks");
    }

    @Test
    void clearsWhatAnEarlierLifeOfTheNodeLeftAndNothingOfOthers() throws Exception {
        take();
        take();
        ActorRef<PoolWatch.Command> other = watch("node-2:1");
        pass(Duration.ofSeconds(30));
        await().until(() -> open().size() == 2);
        pools.kit.stop(other);
        looks.clear();
        pools.kit.stop(watch);
        held.forEach(Lease::release);

        watch = watch("node-1:1");

        await().untilAsserted(() -> assertThat(open()).containsExactly("pool/userdata@node-2:1 pool_saturated"));
        try (Connection connection = pools.database.connect()) {
            Alerts.clearOfLostNodes(connection); // the second node is none that lives
        }
        assertThat(open()).isEmpty();
    }

    private static void assertRaisedAndOver(String name) {
        await().untilAsserted(() -> assertRaisedOnce(name));
    }

    @Test
    void namesInItsRulesForPrometheusOnlyWhatThePoolsMeasure() throws Exception {
        Set<String> measured = pools.registry.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toSet());
        Matcher named =
                Pattern.compile("leasehold_[a-z_]+").matcher(Files.readString(Path.of("conf/prometheus-alerts.yml")));
        Set<String> unknown = new TreeSet<>();
        int names = 0;
        for (; named.find(); names++) {
            String name = named.group();
            if (!measured.contains(name) && !measured.contains(name.replaceFirst("_total$", ""))) {
                unknown.add(name);
            }
        }

        assertThat(unknown).isEmpty();
        assertThat(names).isGreaterThanOrEqualTo(8);
    }
}
