package dev.leasehold.type.demo;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A small OAuth 2 authorization server of the strict kind: each refresh token is good for one use, its use brings the
 * next, and a second use revokes the whole grant. What it has issued is kept in a file (as hashes), so that it knows its
 * tokens again after a restart.
 */
public final class DemoAuthorizationServer {

    /** Where its endpoints begin. */
    public static final String PATH = "/oauth/";

    /** Id of its only client. */
    public static final String CLIENT_ID = "leasehold-demo";

    static final int ACCESS_SECONDS = 900;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path file;
    private final Clock clock;
    private final State state;

    /** What is kept: the client's secret, and the grants by id. */
    public static final class State {
        public String clientSecret = "";
        public Map<String, Grant> grants = new TreeMap<>();
    }

    /** One grant: the token that is good now, and when the access token ends. */
    public static final class Grant {
        public String subject = "";
        public String current = "";
        public String access = "";
        public long accessUntil;
        public boolean revoked;
        public int refreshes;
    }

    /** Tokens as they are issued, once. */
    public record Issued(String accessToken, String refreshToken, int expiresIn) {

        /** Without the tokens. */
        @Override
        public String toString() {
            return "Issued[expires in " + expiresIn + " s]";
        }
    }

    DemoAuthorizationServer(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
        try {
            this.state = Files.exists(file) ? JSON.readValue(file.toFile(), State.class) : new State();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        if (state.clientSecret.isEmpty()) {
            state.clientSecret = random();
            save();
        }
    }

    /** The secret of {@link #CLIENT_ID}. */
    public String clientSecret() {
        return state.clientSecret;
    }

    /** Grants access for a subject, as if a person had consented; returns the first tokens. */
    public synchronized Issued grant(String subject) {
        Grant grant = new Grant();
        grant.subject = subject;
        String id = random();
        state.grants.put(id, grant);
        return issue(id, grant);
    }

    private Issued issue(String id, Grant grant) {
        String refresh = id + "." + random();
        String access = random();
        grant.current = hash(refresh);
        grant.access = hash(access);
        grant.accessUntil = clock.instant().getEpochSecond() + ACCESS_SECONDS;
        save();
        return new Issued(access, refresh, ACCESS_SECONDS);
    }

    HttpResponse answer(HttpRequest request, byte[] body) {
        if (!request.method().equals(HttpMethods.POST)) {
            return json(405, JSON.createObjectNode().put("error", "invalid_request"));
        }
        Map<String, String> form = form(new String(body, StandardCharsets.UTF_8));
        if (!clientIsKnown(request, form)) {
            return error(401, "invalid_client").addHeader(RawHeader.create("WWW-Authenticate", "Basic"));
        }
        return switch (request.getUri().path()) {
            case PATH + "token" -> token(form);
            case PATH + "introspect" -> introspect(form);
            default -> error(404, "invalid_request");
        };
    }

    private synchronized HttpResponse token(Map<String, String> form) {
        if (!"refresh_token".equals(form.get("grant_type"))) {
            return error(400, "unsupported_grant_type");
        }
        String presented = form.getOrDefault("refresh_token", "");
        int dot = presented.indexOf('.');
        String id = dot < 0 ? "" : presented.substring(0, dot);
        Grant grant = state.grants.get(id);
        if (grant == null || grant.revoked) {
            return error(400, "invalid_grant");
        }
        if (!hash(presented).equals(grant.current)) {
            // Only a token that was good once names the grant: somebody holds a copy. Nobody can tell who is the thief,
            // so
            // the grant ends for both.
            grant.revoked = true;
            save();
            return error(400, "invalid_grant");
        }
        grant.refreshes++;
        Issued issued = issue(id, grant);
        return json(
                200,
                JSON.createObjectNode()
                        .put("access_token", issued.accessToken())
                        .put("token_type", "Bearer")
                        .put("expires_in", issued.expiresIn())
                        .put("refresh_token", issued.refreshToken()));
    }

    private synchronized HttpResponse introspect(Map<String, String> form) {
        String hash = hash(form.getOrDefault("token", ""));
        Instant now = clock.instant();
        ObjectNode answer = JSON.createObjectNode().put("active", false);
        for (Grant grant : state.grants.values()) {
            if (grant.access.equals(hash) && !grant.revoked && grant.accessUntil > now.getEpochSecond()) {
                answer.put("active", true).put("sub", grant.subject).put("exp", grant.accessUntil);
            }
        }
        return json(200, answer);
    }

    private boolean clientIsKnown(HttpRequest request, Map<String, String> form) {
        String id = form.getOrDefault("client_id", "");
        String secret = form.getOrDefault("client_secret", "");
        String header =
                request.getHeader("Authorization").map(found -> found.value()).orElse("");
        if (header.startsWith("Basic ")) {
            try {
                String pair = new String(
                        Base64.getDecoder().decode(header.substring(6).strip()), StandardCharsets.UTF_8);
                int colon = pair.indexOf(':');
                id = colon < 0 ? "" : decoded(pair.substring(0, colon));
                secret = decoded(pair.substring(colon + 1));
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
        return id.equals(CLIENT_ID)
                && MessageDigest.isEqual(
                        secret.getBytes(StandardCharsets.UTF_8), state.clientSecret.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> form(String body) {
        Map<String, String> form = new HashMap<>();
        for (String pair : body.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                form.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
            }
        }
        return form;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static HttpResponse error(int status, String code) {
        return json(status, JSON.createObjectNode().put("error", code));
    }

    private static HttpResponse json(int status, ObjectNode body) {
        return HttpResponse.create()
                .withStatus(status)
                .addHeader(RawHeader.create("Cache-Control", "no-store"))
                .withEntity(ContentTypes.APPLICATION_JSON, body.toString());
    }

    private static String random() {
        byte[] bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String hash(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Written beside and moved into place before the answer goes out: what was answered is known after a crash. */
    private void save() {
        try {
            Path half = file.resolveSibling(file.getFileName() + ".half");
            Files.deleteIfExists(half);
            Files.createFile(half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            JSON.writeValue(half.toFile(), state);
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
