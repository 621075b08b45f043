package dev.leasehold.admin;

import akka.Done;
import akka.actor.typed.ActorSystem;
import dev.leasehold.admin.api.Api;
import dev.leasehold.admin.api.Database;
import dev.leasehold.admin.api.PoolViews;
import dev.leasehold.admin.auth.Gate;
import dev.leasehold.admin.auth.Login;
import dev.leasehold.admin.auth.LoginCodes;
import dev.leasehold.admin.auth.RateSettings;
import dev.leasehold.admin.auth.Sessions;
import dev.leasehold.admin.auth.Throttle;
import dev.leasehold.admin.auth.Tokens;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.engine.Engine;
import dev.leasehold.lease.Leases;
import dev.leasehold.metrics.Metrics;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Everything that a node shows and takes over HTTP, put together and started. */
public final class Admin {

    private final InetSocketAddress address;
    private final Login login;
    private final Optional<String> newToken;
    private final Rehearsal rehearsal;

    private Admin(InetSocketAddress address, Login login, Optional<String> newToken, Rehearsal rehearsal) {
        this.address = address;
        this.login = login;
        this.newToken = newToken;
        this.rehearsal = rehearsal;
    }

    /**
     * What it is put together from.
     *
     * @param metrics the registry as Prometheus text, made when it is asked for
     * @param checks what health asks, and readiness too
     * @param adminToken from the configuration; empty: one is made at first start
     * @param rates how many requests a caller may send
     * @param loginPage draws the login page
     * @param pages further endpoints: the dashboard's
     */
    public record Parts(
            Leases leases,
            Engine engine,
            PoolViews pools,
            Supplier<CompletionStage<String>> metrics,
            List<HealthCheck> checks,
            Clock clock,
            Optional<String> adminToken,
            RateSettings rates,
            Login.Page loginPage,
            List<Endpoint> pages) {

        public Parts {
            checks = List.copyOf(checks);
            pages = List.copyOf(pages);
        }
    }

    /**
     * Prepares the tokens and opens the port. The pools must have answered already. Fails with {@link BindException} when
     * the port is taken.
     */
    public static CompletionStage<Admin> start(ActorSystem<?> system, String host, int port, Parts parts) {
        Tokens tokens = new Tokens(parts.leases(), parts.clock(), parts.adminToken());
        Sessions sessions = new Sessions(parts.clock());
        Login login = new Login(
                tokens, sessions, new LoginCodes(parts.clock()), new Throttle(parts.clock()), parts.loginPage());
        Health health = new Health(parts.checks(), parts.clock());
        List<Endpoint> endpoints = new ArrayList<>(login.endpoints());
        endpoints.addAll(new Management(system, health::healthy).endpoints());
        endpoints.add(health.endpoint());
        endpoints.add(Endpoint.get(
                "/metrics",
                Scope.METRICS,
                call -> parts.metrics().get().thenApply(text -> Answers.entity(200, Metrics.PROMETHEUS_TEXT, text))));
        endpoints.addAll(
                Api.endpoints(system, new Database(parts.leases()), parts.engine(), parts.pools(), parts.clock()));
        endpoints.addAll(parts.pages());
        Gate gate = new Gate(tokens, sessions, parts.clock(), parts.rates());
        Rehearsal rehearsal = new Rehearsal(system, parts.leases(), endpoints);
        return tokens.prepare()
                .thenCompose(newToken -> AdminServer.start(system, host, port, gate, login, endpoints)
                        .thenApply(address -> new Admin(address, login, newToken, rehearsal)));
    }

    /** Where it listens; the port is the real one where 0 was asked for. */
    public InetSocketAddress address() {
        return address;
    }

    /** The admin token that was made at this start, to be printed once on standard output; empty when there was one. */
    public Optional<String> newToken() {
        return newToken;
    }

    /** Answers a first caller's requests once before he comes, see {@link Rehearsal}; changes nothing. */
    public CompletionStage<Done> rehearse() {
        return rehearsal.run();
    }

    /** A fresh one-time code for {@code http://…/?login=CODE}, good for ten minutes from this machine. */
    public String loginCode() {
        return login.issueCode();
    }
}
