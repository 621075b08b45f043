package dev.leasehold.admin.auth;

import dev.leasehold.admin.http.Principal;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.ApiTokens;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bearer tokens that count. They are held in memory, so that a call needs no connection to be let in and the details
 * of {@code /health} can be read while the database is away; the table is read again when what is held has aged.
 */
public final class Tokens {

    /** Row of the token that was made at first start. */
    public static final String FIRST = "admin";

    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    private static final Holder HOLDER = Holder.node("admin/tokens");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final Duration AGED = Duration.ofSeconds(30);
    private static final Duration AGED_FOR_A_STRANGER = Duration.ofMillis(200);

    private final Leases leases;
    private final Clock clock;
    private final Optional<String> configured;
    private volatile Known known = new Known(List.of(), Instant.EPOCH);

    /**
     * Nothing is read yet.
     *
     * @param configured the admin token that the configuration brings; the one made at first start then does not count
     */
    public Tokens(Leases leases, Clock clock, Optional<String> configured) {
        this.leases = leases;
        this.clock = clock;
        this.configured = configured.map(Secrets::sha256);
    }

    private record Known(List<ApiTokens.Token> tokens, Instant readAt) {}

    /**
     * Reads the tokens; where none is configured and none was ever made, makes the first.
     *
     * @return the new token, to be shown once to whoever starts the node; empty when there was one already
     */
    public CompletionStage<Optional<String>> prepare() {
        if (configured.isPresent()) {
            return refresh().thenApply(done -> Optional.empty());
        }
        String fresh = "lh_" + FIRST + "_" + Secrets.random(256);
        ApiTokens.Token row =
                new ApiTokens.Token(FIRST, "made at first start", Secrets.sha256(fresh), Set.of(Scope.ADMIN.label()));
        return leases.run(
                        PoolName.PLATFORM,
                        LeaseClass.INTERACTIVE,
                        HOLDER,
                        HOLD,
                        connection -> ApiTokens.insert(connection, row))
                .thenCompose(made -> refresh().thenApply(done -> made ? Optional.of(fresh) : Optional.empty()));
    }

    /** Whose token it is; empty when nobody's. */
    public CompletionStage<Optional<Principal>> find(String token) {
        Optional<Principal> found = findInMemory(token);
        boolean configuredOne = isConfigured(Secrets.sha256(token));
        Duration age = Duration.between(known.readAt(), clock.instant());
        boolean aged = found.isPresent()
                ? !configuredOne && age.compareTo(AGED) > 0
                : token.startsWith("lh_") && age.compareTo(AGED_FOR_A_STRANGER) > 0;
        return aged ? refresh().thenApply(done -> findInMemory(token)) : CompletableFuture.completedFuture(found);
    }

    /** As {@link #find}, from what was read last. */
    public Optional<Principal> findInMemory(String token) {
        String hash = Secrets.sha256(token);
        if (isConfigured(hash)) {
            return Optional.of(new Principal(FIRST, Set.of(Scope.ADMIN)));
        }
        return known.tokens().stream()
                .filter(row -> Secrets.same(row.hash(), hash))
                .filter(row -> configured.isEmpty() || !row.id().equals(FIRST))
                .findFirst()
                .map(row -> new Principal(
                        row.id(), row.scopes().stream().map(Scope::of).collect(Collectors.toUnmodifiableSet())));
    }

    private boolean isConfigured(String hash) {
        return configured.isPresent() && Secrets.same(configured.get(), hash);
    }

    /** Reads the table; keeps what is held when that fails, so that an outage locks nobody out. */
    private CompletionStage<Void> refresh() {
        Instant now = clock.instant();
        return leases.run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, HOLDER, HOLD, ApiTokens::list)
                .handle((tokens, failure) -> {
                    if (failure == null) {
                        known = new Known(tokens, now);
                    } else {
                        LOG.warn("cannot read the API tokens, those read before still count: {}", failure.toString());
                        known = new Known(known.tokens(), now);
                    }
                    return null;
                });
    }
}
