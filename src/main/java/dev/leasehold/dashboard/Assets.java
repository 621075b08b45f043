package dev.leasehold.dashboard;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Stylesheet, script and icon. Their path carries a digest of what is in them, so browsers keep them for good. */
public final class Assets {

    private static final Map<String, String> MEDIA_TYPES = Map.of(
            "app.css", "text/css; charset=UTF-8",
            "live.js", "text/javascript; charset=UTF-8",
            "icon.svg", "image/svg+xml");

    private static final Map<String, Asset> ASSETS = Map.of(
            "app.css", load("app.css"),
            "live.js", load("live.js"),
            "icon.svg", load("icon.svg"));

    private Assets() {}

    private static final class Asset {
        private final byte[] content;
        private final String digest;

        Asset(byte[] content, String digest) {
            this.content = content;
            this.digest = digest;
        }
    }

    /** Where a page finds the asset. */
    public static String path(String name) {
        return "/assets/" + asset(name).digest + "/" + name;
    }

    static Endpoint endpoint() {
        return Endpoint.open(HttpMethods.GET, "/assets/{digest}/{name}", Assets::serve);
    }

    /** Browsers ask for this name by themselves where no page names an icon. */
    static Endpoint favicon() {
        return Endpoint.open(
                HttpMethods.GET,
                "/favicon.ico",
                call -> CompletableFuture.completedFuture(Answers.seeOther(path("icon.svg"))));
    }

    private static CompletionStage<HttpResponse> serve(Call call) {
        String name = call.parameter("name");
        if (!ASSETS.containsKey(name)) {
            throw new ProblemException(ErrorCode.NOT_FOUND, "there is no such file");
        }
        boolean current = asset(name).digest.equals(call.parameter("digest"));
        return CompletableFuture.completedFuture(
                Answers.bytes(200, MEDIA_TYPES.getOrDefault(name, "application/octet-stream"), asset(name).content)
                        .addHeader(RawHeader.create(
                                "Cache-Control", current ? "public, max-age=31536000, immutable" : "no-cache")));
    }

    private static Asset asset(String name) {
        Asset asset = ASSETS.get(name);
        if (asset == null) {
            throw new IllegalArgumentException("no asset named " + name);
        }
        return asset;
    }

    private static Asset load(String name) {
        try (InputStream in = Assets.class.getResourceAsStream("assets/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the asset " + name + " is missing");
            }
            byte[] content = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return new Asset(content, HexFormat.of().formatHex(digest).substring(0, 12));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
