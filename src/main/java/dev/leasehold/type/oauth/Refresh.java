package dev.leasehold.type.oauth;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.type.secret.Vault;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The decisions about one connection, each inside a transaction that has its row locked. What may be sent again, and when,
 * depends on what the provider does with a refresh token that it has seen before.
 */
final class Refresh {

    /** What is to be done next. */
    sealed interface Step {}

    /** The run is over, and leaves the connection in this state. */
    record Finished(Outcome outcome, String state) implements Step {

        Finished(Outcome outcome) {
            this(outcome, "idle");
        }
    }

    /** The intent is written; now the token may be sent, once. */
    record Send(Credential credential, UUID attempt, TokenEndpoint.Request request) implements Step {}

    /** How an attempt is left in the row, and what the run says of it. */
    record Ending(String state, String reason, int unspent, Outcome outcome) {}

    private static final Duration IN_FLIGHT = Duration.ofSeconds(60);
    private static final String LOST = "the provider's answer was lost, and the token must not be sent a third time";

    private final Vault vault;
    private final Spool spool;

    Refresh(Vault vault, Spool spool) {
        this.vault = vault;
        this.spool = spool;
    }

    /** Looks what stands there, and writes the intent where the token may be sent. */
    Step begin(Connection connection, String tenant, String id, List<Path> replayed) throws SQLException {
        replayed.addAll(spool.replay(connection));
        Optional<Credential> found = Credentials.lock(connection, tenant, id);
        if (found.isEmpty()) {
            return new Finished(Outcome.failed(Reason.CONFIG, "there is no connection " + id)
                    .permanent());
        }
        Credential credential = found.get();
        Optional<Tokens> adopted = TokenResults.adopt(connection, vault, credential);
        if (adopted.isPresent()) {
            return new Finished(success(credential, adopted.get()));
        }
        return switch (credential.state()) {
            case "reconnect" ->
                new Finished(
                        Outcome.failed(Reason.AUTH, "must be connected again: " + credential.stateReason())
                                .permanent(),
                        "reconnect");
            case "refreshing" ->
                credential.attemptOver()
                        ? afterLoss(connection, credential)
                        : new Finished(Outcome.skipped("another attempt is under way")
                                .nextDueAt(credential.now().plus(IN_FLIGHT)));
            case "unknown" -> replayLate(connection, credential);
            default -> whenDue(connection, credential);
        };
    }

    private Step whenDue(Connection connection, Credential credential) throws SQLException {
        Instant issued = credential.accessIssuedAt();
        Instant expires = credential.accessExpiresAt();
        if (issued != null && expires != null && RefreshTimes.fresh(issued, expires, credential.now())) {
            Instant due = RefreshTimes.due(
                    issued,
                    expires,
                    credential.now(),
                    ThreadLocalRandom.current().nextDouble());
            return new Finished(Outcome.skipped("good until " + expires).nextDueAt(due));
        }
        return send(connection, credential);
    }

    private Step send(Connection connection, Credential credential) throws SQLException {
        UUID attempt = UUID.randomUUID();
        Credentials.begin(connection, credential, attempt);
        byte[] secret = credential.clientSecret();
        TokenEndpoint.Request request = new TokenEndpoint.Request(
                credential.tokenEndpoint(),
                credential.clientId(),
                secret == null ? null : vault.decrypt(secret, credential.clientSecretPlace()),
                credential.scope(),
                vault.decrypt(credential.refresh(), credential.place("refresh")),
                Providers.of(credential.provider()).accessLife());
        return new Send(credential, attempt, request);
    }

    /** An attempt of before left no answer: its node died, or the answer never came. */
    private Step afterLoss(Connection connection, Credential credential) throws SQLException {
        boolean again = switch (credential.policy()) {
            case NONE, LENIENT -> true;
            case GRACE -> credential.presented() < 2;
            case STRICT -> false;
        };
        return again ? send(connection, credential) : replayLate(connection, credential);
    }

    private Step replayLate(Connection connection, Credential credential) throws SQLException {
        if (credential.presented() >= 2) {
            Credentials.end(connection, credential, credential.attemptId(), "reconnect", LOST, 0);
            return new Finished(Outcome.failed(Reason.AUTH, LOST).permanent(), "reconnect");
        }
        Instant expires = credential.accessExpiresAt();
        if (expires == null || !credential.now().isBefore(RefreshTimes.lateReplay(expires))) {
            return send(connection, credential);
        }
        Credentials.end(connection, credential, credential.attemptId(), "unknown", LOST, 0);
        return new Finished(lost(expires), "unknown");
    }

    private static Outcome lost(Instant expires) {
        Instant replay = RefreshTimes.lateReplay(expires);
        return Outcome.skipped("the provider's answer was lost; the token is tried once more at " + replay)
                .nextDueAt(replay);
    }

    /** Takes the new tokens over. Empty: the row has moved on, and they are kept as evidence. */
    Optional<Outcome> adopt(Connection connection, Credential parent, TokenResults.Kept kept, Tokens tokens)
            throws SQLException {
        TokenResults.append(connection, kept);
        Optional<Credential> now = Credentials.lock(connection, parent.tenant(), parent.id())
                .filter(current -> current.refreshHash().equals(parent.refreshHash()));
        if (now.isEmpty() || !Credentials.swap(connection, vault, now.get(), tokens)) {
            return Optional.empty();
        }
        TokenResults.markAdopted(connection, parent, kept.attempt());
        return Optional.of(success(now.get(), tokens));
    }

    private static Outcome success(Credential before, Tokens tokens) {
        Instant due = RefreshTimes.due(
                tokens.issuedAt(),
                tokens.expiresAt(),
                before.now(),
                ThreadLocalRandom.current().nextDouble());
        return Outcome.success(RefreshResult.of(before, tokens)).nextDueAt(due);
    }

    /** How an attempt ends whose answer will not come any more. */
    static Ending lostNow(Credential sent, String message) {
        Outcome again = Outcome.failed(Reason.NETWORK, message);
        int presented = sent.presented() + 1;
        return switch (sent.policy()) {
            case NONE, LENIENT -> new Ending("idle", message, 0, again);
            case GRACE ->
                presented < 2
                        ? new Ending("idle", message, 0, again)
                        : new Ending(
                                "reconnect",
                                LOST,
                                0,
                                Outcome.failed(Reason.AUTH, LOST).permanent());
            case STRICT -> {
                if (presented >= 2) {
                    yield new Ending(
                            "reconnect",
                            LOST,
                            0,
                            Outcome.failed(Reason.AUTH, LOST).permanent());
                }
                Instant expires = sent.accessExpiresAt();
                yield expires == null || !sent.now().isBefore(RefreshTimes.lateReplay(expires))
                        ? new Ending("unknown", message, 0, again)
                        : new Ending("unknown", message, 0, lost(expires));
            }
        };
    }
}
