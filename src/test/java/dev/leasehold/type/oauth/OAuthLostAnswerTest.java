package dev.leasehold.type.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.testing.ForwardingTaskContext;
import dev.leasehold.testing.LocalServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens when it is not known whether a refresh token was spent. */
class OAuthLostAnswerTest extends OAuthTokenBase {

    @Test
    void spendsNothingWhenProviderIsNotReached() throws Exception {
        provider.close();
        connect("strict", 1);

        Outcome outcome = run();

        assertThat(outcome.reason()).isEqualTo(Reason.NETWORK);
        assertThat(column("state")).isEqualTo("idle");
        assertThat(column("presented")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lenient", "grace"})
    void asksAgainAtOnceWhereOldTokenStaysGood(String policy) throws Exception {
        AtomicInteger calls = new AtomicInteger();
        provider.on("/token", exchange -> {
            if (calls.incrementAndGet() == 1) {
                hangUp(exchange);
            } else {
                LocalServer.answer(
                        exchange, 200, "application/json", "{\"access_token\":\"access1\",\"expires_in\":3600}");
            }
        });
        connect(policy, 1);

        Outcome lost = run();
        Outcome again = run();

        assertThat(lost.reason()).isEqualTo(Reason.NETWORK);
        assertThat(again.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(presented()).containsExactly("refresh0", "refresh0");
    }

    @Test
    void strictProviderIsAskedOnceMoreLateAndThenReconnectIsNeeded() throws Exception {
        provider.on("/token", OAuthTokenBase::hangUp);
        connect("strict", 1);
        accessEndsIn(200);

        Outcome lost = run();
        Outcome tooEarly = run();
        accessEndsIn(60);
        Outcome replay = run();
        Outcome over = run();

        assertThat(lost.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(context.alerts()).containsOnlyKeys("reconnect");
        assertThat(lost.message()).contains("lost");
        assertThat(tooEarly.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(replay.reason()).isEqualTo(Reason.AUTH);
        assertThat(over.reason()).isEqualTo(Reason.AUTH);
        assertThat(presented()).containsExactly("refresh0", "refresh0");
        assertThat(column("state")).isEqualTo("reconnect");
        assertThat(column("state_reason")).contains("answer was lost");
    }

    @Test
    void crashAfterSendToStrictProviderWaitsForLateReplay() throws Exception {
        rotates();
        connect("strict", 250);
        crashAfterSend();

        Outcome waiting = run();
        accessEndsIn(30);
        Outcome replayed = run();

        assertThat(waiting.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(replayed.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(presented()).containsExactly("refresh0");
    }

    @Test
    void crashAfterSendToLenientProviderAsksAgain() throws Exception {
        rotates();
        connect("lenient", 250);
        crashAfterSend();

        assertThat(run().kind()).isEqualTo(Kind.SUCCESS);
    }

    @Test
    void leavesConnectionAloneWhileAnotherAttemptIsUnderWay() throws Exception {
        rotates();
        connect(null, 1);
        crashAfterSend();
        database.execute(
                "UPDATE leasehold.credential SET attempt_until = now() + interval '30 s' WHERE id = '" + id + "'");

        assertThat(run().kind()).isEqualTo(Kind.SKIPPED);
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void fiveRunsAtOnceAskOnce() throws Exception {
        CountDownLatch all = new CountDownLatch(5);
        rotates();
        connect("strict", 1);

        List<CompletableFuture<Outcome>> runs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            runs.add(CompletableFuture.supplyAsync(() -> {
                all.countDown();
                try {
                    all.await();
                    return run();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        List<Kind> kinds = runs.stream().map(run -> run.join().kind()).toList();

        assertThat(kinds).containsOnlyOnce(Kind.SUCCESS).contains(Kind.SKIPPED);
        assertThat(provider.requests()).hasSize(1);
    }

    @Test
    void keepsAnswerOnDiskWhileDatabaseIsDownAndAdoptsItLater() throws Exception {
        rotates();
        connect("strict", 1);
        TaskContext failing = new ForwardingTaskContext(context) {
            private final AtomicInteger transactions = new AtomicInteger();

            @Override
            public <T> T inTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
                if (transactions.incrementAndGet() == 2) {
                    throw new SQLException("the server is gone", "08006");
                }
                return super.inTransaction(pool, atMost, work);
            }
        };

        assertThatThrownBy(() -> handler.run(new OAuthToken(id), failing)).hasMessageContaining("gone");
        List<Path> waiting;
        try (var files = Files.list(spool)) {
            waiting = files.toList();
        }
        assertThat(waiting).hasSize(1);
        assertThat(Files.readString(waiting.get(0))).doesNotContain("refresh1");
        attemptTimeHasPassed();
        Outcome adopted = run();

        assertThat(adopted.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(accessToken()).contains("access1");
        assertThat(presented()).containsExactly("refresh0");
        assertThat(waiting.get(0)).doesNotExist();
    }

    @Test
    void holdsNoConnectionWhileProviderIsAsked() throws Exception {
        AtomicInteger open = new AtomicInteger(-1);
        provider.on("/token", exchange -> {
            open.set(context.openConnections());
            LocalServer.answer(exchange, 200, "application/json", "{\"access_token\":\"access1\",\"expires_in\":3600}");
        });
        connect(null, 1);

        run();

        assertThat(open).hasValue(0);
    }
}
