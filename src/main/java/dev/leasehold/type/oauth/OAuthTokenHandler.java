package dev.leasehold.type.oauth;

import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskContext.Severity;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import dev.leasehold.type.oauth.Refresh.Ending;
import dev.leasehold.type.secret.Vault;
import dev.leasehold.type.secret.VaultException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refreshes a stored connection ahead of its expiry, and is due again ahead of the next one. Three steps: write the
 * intent and commit; send the token once, holding no connection; keep the answer, whatever else has happened meanwhile.
 */
public final class OAuthTokenHandler implements TaskHandler<OAuthToken> {

    /** Name of the type. */
    public static final String NAME = "oauth-token";

    private static final Logger LOG = LoggerFactory.getLogger(OAuthTokenHandler.class);

    private static final String RECONNECT = "reconnect";
    private static final String IN_DOUBT = "answer-lost";
    private static final String CLIENT = "client";

    private static final Duration HOLD = Duration.ofSeconds(10);

    /** An intent is good for 60 s; with a call of at most 30 s this leaves room for the save. */
    private static final Duration SEND_WITHIN = Duration.ofSeconds(20);

    private final Vault vault;
    private final Spool spool;
    private final Refresh refresh;
    private final TokenEndpoint endpoint;
    private final LongSupplier nanoTime;

    /**
     * A handler.
     *
     * @param spoolFolder where answers wait while the database cannot be written
     * @param nanoTime monotonic time
     */
    public OAuthTokenHandler(OutboundClient client, Vault vault, Path spoolFolder, Clock clock, LongSupplier nanoTime) {
        this.vault = vault;
        this.spool = new Spool(spoolFolder);
        this.refresh = new Refresh(vault, spool);
        this.endpoint = new TokenEndpoint(client, clock);
        this.nanoTime = nanoTime;
    }

    @Override
    public TaskType<OAuthToken> type() {
        return TaskType.of(NAME, OAuthToken.class)
                .description("Keeps a stored OAuth connection alive")
                .timeout(Duration.ofMinutes(2));
    }

    @Override
    public Outcome run(OAuthToken task, TaskContext context) throws Exception {
        long started = nanoTime.getAsLong();
        List<Path> replayed = new ArrayList<>();
        Refresh.Step step;
        try {
            step = context.inTransaction(
                    TaskContext.PLATFORM,
                    HOLD,
                    connection -> refresh.begin(connection, context.tenant(), task.connection(), replayed));
        } catch (VaultException e) {
            return Outcome.failed(Reason.CONFIG, String.valueOf(e.getMessage())).permanent();
        }
        Spool.delete(replayed);
        if (step instanceof Refresh.Finished finished) {
            alert(finished.state(), String.valueOf(finished.outcome().message()), context);
            return reported(finished.outcome(), context);
        }
        Refresh.Send send = (Refresh.Send) step;
        if (nanoTime.getAsLong() - started > SEND_WITHIN.toNanos()) {
            String late = "the intent was written too long ago to send the token";
            return end(send, new Ending("idle", late, 1, Outcome.failed(Reason.NETWORK, late)), context);
        }
        return reported(act(send, endpoint.ask(send.request()), context), context);
    }

    private Outcome act(Refresh.Send send, TokenAnswer answer, TaskContext context) throws Exception {
        if (answer instanceof TokenAnswer.Granted granted) {
            return keep(send, granted.tokens(), context);
        }
        if (answer instanceof TokenAnswer.GrantGone gone) {
            String message = send.credential().presented() > 0
                    ? "the provider's answer was lost in a crash, and it refuses the token a second time"
                    : "the grant is gone: " + gone.message();
            return end(send, reconnect(message), context);
        }
        if (answer instanceof TokenAnswer.UserMustAct must) {
            return end(send, reconnect("somebody must confirm at the provider: " + must.message()), context);
        }
        if (answer instanceof TokenAnswer.ClientRefused refused) {
            String message = "the client's own secret is refused: " + refused.message();
            context.raiseAlert(CLIENT, Severity.ERROR, send.credential().clientId() + ": " + message);
            Outcome failed = Outcome.failed(Reason.AUTH, message).permanent();
            return end(send, new Ending("idle", message, 1, failed), context);
        }
        if (answer instanceof TokenAnswer.Misconfigured wrong) {
            Outcome failed = Outcome.failed(Reason.CONFIG, wrong.message()).permanent();
            return end(send, new Ending("idle", wrong.message(), 1, failed), context);
        }
        return end(send, transientEnding(send, answer), context);
    }

    private static Ending transientEnding(Refresh.Send send, TokenAnswer answer) {
        if (answer instanceof TokenAnswer.Later later) {
            Outcome failed = Outcome.failed(later.limit() ? Reason.API_LIMIT : Reason.NETWORK, later.message());
            Outcome outcome = later.pause() == null ? failed : failed.retryAfter(later.pause());
            return new Ending("idle", later.message(), 1, outcome);
        }
        if (answer instanceof TokenAnswer.NotSent unsent) {
            Outcome outcome = unsent.permanent()
                    ? Outcome.failed(Reason.CONFIG, unsent.message()).permanent()
                    : Outcome.failed(Reason.NETWORK, unsent.message());
            return new Ending("idle", unsent.message(), 1, outcome);
        }
        return Refresh.lostNow(send.credential(), ((TokenAnswer.Lost) answer).message());
    }

    private static Ending reconnect(String message) {
        return new Ending(
                "reconnect", message, 0, Outcome.failed(Reason.AUTH, message).permanent());
    }

    /** Writes the attempt's end into the row, unless the row has moved on: then the refusal was about an old token. */
    private Outcome end(Refresh.Send send, Ending ending, TaskContext context) throws Exception {
        boolean mine = context.inTransaction(
                TaskContext.PLATFORM,
                HOLD,
                connection -> Credentials.end(
                        connection,
                        send.credential(),
                        send.attempt(),
                        ending.state(),
                        ending.reason(),
                        ending.unspent()));
        if (!mine) {
            LOG.warn(
                    "connection {} has moved on during its refresh",
                    send.credential().id());
            return Outcome.skipped("another attempt has refreshed it meanwhile");
        }
        alert(ending.state(), ending.reason(), context);
        return ending.outcome();
    }

    /** Keeps the answer: in the database, else on disk. Nothing, not even an interrupt, comes between. */
    private Outcome keep(Refresh.Send send, Tokens tokens, TaskContext context) throws Exception {
        TokenResults.Kept kept = TokenResults.of(vault, send.credential(), send.attempt(), tokens);
        try {
            Optional<Outcome> adopted = context.inTransaction(
                    TaskContext.PLATFORM,
                    HOLD,
                    connection -> refresh.adopt(connection, send.credential(), kept, tokens));
            return adopted.orElseGet(() -> Outcome.skipped("another attempt has refreshed it meanwhile"));
        } catch (InterruptedException e) {
            spool.write(kept);
            throw e;
        } catch (Exception e) {
            spool.write(kept);
            LOG.warn(
                    "tokens of connection {} wait on disk for the database",
                    send.credential().id(),
                    e);
            throw e;
        }
    }

    /** A person must know of a connection that is dead, or in doubt; and that it is well again. */
    private static void alert(String state, String message, TaskContext context) {
        if (state.equals("reconnect")) {
            context.clearAlert(IN_DOUBT);
            context.raiseAlert(RECONNECT, Severity.ERROR, message);
        } else if (state.equals("unknown")) {
            context.raiseAlert(IN_DOUBT, Severity.WARNING, message);
        }
    }

    private static Outcome reported(Outcome outcome, TaskContext context) {
        if (outcome.kind() == Outcome.Kind.SUCCESS) {
            context.clearAlert(RECONNECT);
            context.clearAlert(IN_DOUBT);
            context.clearAlert(CLIENT);
        }
        return outcome;
    }
}
