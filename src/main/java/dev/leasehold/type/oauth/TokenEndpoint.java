package dev.leasehold.type.oauth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.outbound.OutboundException;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.OutboundResponse;
import dev.leasehold.outbound.RetryAfter;
import dev.leasehold.outbound.TargetUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Asks a provider's token endpoint once, and tells what its answer means. */
final class TokenEndpoint {

    /** Who asks, and with what. */
    record Request(
            String endpoint,
            String clientId,
            @Nullable String clientSecret,
            @Nullable String scope,
            String refreshToken,
            Duration assumedLife) {

        /** Without the secrets. */
        @Override
        public String toString() {
            return "Request[" + clientId + " at " + endpoint + "]";
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private static final Set<String> USER_MUST_ACT =
            Set.of("interaction_required", "consent_required", "login_required", "account_selection_required");
    private static final Set<String> MISCONFIGURED =
            Set.of("unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_request");
    private static final Set<String> LATER = Set.of("temporarily_unavailable", "slow_down", "server_error");

    private final OutboundClient client;
    private final Clock clock;

    TokenEndpoint(OutboundClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    TokenAnswer ask(Request request) throws InterruptedException {
        OutboundRequest http;
        try {
            http = http(request);
        } catch (IllegalArgumentException | ParseException e) {
            return new TokenAnswer.Misconfigured("the token endpoint or the client cannot be used");
        }
        try {
            return meaning(client.send(http), request.assumedLife());
        } catch (OutboundException e) {
            String message = String.valueOf(e.getMessage());
            return e.maybeSent()
                    ? new TokenAnswer.Lost(message)
                    : new TokenAnswer.NotSent(message, e.kind() == OutboundException.Kind.REFUSED_TARGET);
        }
    }

    private static OutboundRequest http(Request request) throws ParseException {
        URI endpoint = URI.create(request.endpoint());
        RefreshTokenGrant grant = new RefreshTokenGrant(new RefreshToken(request.refreshToken()));
        Scope scope = request.scope() == null ? null : Scope.parse(request.scope());
        ClientID id = new ClientID(request.clientId());
        TokenRequest built = request.clientSecret() == null
                ? new TokenRequest(endpoint, id, grant, scope)
                : new TokenRequest(
                        endpoint, new ClientSecretBasic(id, new Secret(request.clientSecret())), grant, scope);
        HTTPRequest http = built.toHTTPRequest();
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        http.getHeaderMap().forEach((name, values) -> headers.put(name, values.get(0)));
        headers.put("Accept", "application/json");
        byte[] body = http.getBody().getBytes(StandardCharsets.UTF_8);
        return OutboundRequest.send("POST", TargetUrl.parse(request.endpoint()), headers, body);
    }

    private TokenAnswer meaning(OutboundResponse answer, Duration assumedLife) {
        Instant now = clock.instant();
        if (answer.status() >= 200 && answer.status() < 300) {
            return granted(answer, now, assumedLife);
        }
        JsonNode json = json(answer);
        String error = json.path("error").asText("");
        return refused(answer, error, now);
    }

    private TokenAnswer granted(OutboundResponse answer, Instant now, Duration assumedLife) {
        JsonNode json = json(answer);
        String error = json.path("error").asText("");
        if (!error.isEmpty()) {
            // Some providers say no with 200.
            return refused(answer, error, now);
        }
        try {
            HTTPResponse http = new HTTPResponse(200);
            http.setContentType(answer.header("Content-Type").orElse("application/json"));
            http.setBody(answer.text());
            AccessTokenResponse parsed = TokenResponse.parse(http).toSuccessResponse();
            RefreshToken refresh = parsed.getTokens().getRefreshToken();
            return tokens(
                    parsed.getTokens().getAccessToken().getValue(),
                    refresh == null ? null : refresh.getValue(),
                    parsed.getTokens().getAccessToken().getLifetime(),
                    now,
                    assumedLife);
        } catch (ParseException | ClassCastException e) {
            return lenient(json, now, assumedLife);
        }
    }

    /** Takes what is usable where the standard is not kept: a missing token_type, a wrong content type. */
    private static TokenAnswer lenient(JsonNode json, Instant now, Duration assumedLife) {
        String access = json.path("access_token").asText("");
        if (access.isEmpty()) {
            return new TokenAnswer.Lost("the provider's answer cannot be read");
        }
        String refresh = json.path("refresh_token").asText("");
        return tokens(
                access,
                refresh.isEmpty() ? null : refresh,
                json.path("expires_in").asLong(0),
                now,
                assumedLife);
    }

    private static TokenAnswer tokens(
            String access, @Nullable String refresh, long seconds, Instant now, Duration assumedLife) {
        boolean assumed = seconds <= 0;
        Instant expires = now.plus(assumed ? assumedLife : Duration.ofSeconds(seconds));
        return new TokenAnswer.Granted(new Tokens(access, refresh, now, expires, assumed));
    }

    private TokenAnswer refused(OutboundResponse answer, String error, Instant now) {
        int status = answer.status();
        String code = error.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "");
        String message = "the provider answered " + status + (code.isEmpty() ? "" : " " + code);
        Duration wait = RetryAfter.of(answer, now, LONGEST_WAIT).orElse(null);
        if (code.equals("invalid_grant")) {
            return new TokenAnswer.GrantGone(message);
        }
        if (USER_MUST_ACT.contains(code)) {
            return new TokenAnswer.UserMustAct(message);
        }
        if (code.equals("invalid_client")) {
            return new TokenAnswer.ClientRefused(message);
        }
        if (status == 429 || code.equals("slow_down")) {
            return new TokenAnswer.Later(message, wait, true);
        }
        if (status == 408 || status == 425 || status >= 500 || LATER.contains(code)) {
            return new TokenAnswer.Later(message, wait, status == 503 && wait != null);
        }
        if (MISCONFIGURED.contains(code)) {
            return new TokenAnswer.Misconfigured(message);
        }
        return status == 401 ? new TokenAnswer.ClientRefused(message) : new TokenAnswer.Misconfigured(message);
    }

    private static JsonNode json(OutboundResponse answer) {
        try {
            JsonNode read = JSON.readTree(answer.body());
            return read == null ? JSON.createObjectNode() : read;
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }
}
