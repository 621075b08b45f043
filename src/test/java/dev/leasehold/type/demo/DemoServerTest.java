package dev.leasehold.type.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.leasehold.outbound.OutboundTestKit;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DemoServerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static OutboundTestKit kit;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        kit = new OutboundTestKit();
    }

    @AfterAll
    static void stop() {
        kit.close();
    }

    private DemoServer server() {
        return DemoServer.start(kit.system(), folder, Clock.systemUTC());
    }

    private static HttpResponse<String> refresh(DemoServer server, String token) throws Exception {
        return refresh(server, token, server.authorization().clientSecret());
    }

    private static HttpResponse<String> refresh(DemoServer server, String token, String secret) throws Exception {
        String basic = Base64.getEncoder()
                .encodeToString((DemoAuthorizationServer.CLIENT_ID + ":" + secret).getBytes(StandardCharsets.UTF_8));
        return HTTP.send(
                HttpRequest.newBuilder(URI.create(server.baseUrl() + "/oauth/token"))
                        .header("Authorization", "Basic " + basic)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("grant_type=refresh_token&refresh_token="
                                + URLEncoder.encode(token, StandardCharsets.UTF_8)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void knowsItsPortAndTokensAgainAfterRestart() throws Exception {
        DemoServer first = server();
        String token = first.authorization().grant("ada").refreshToken();
        int port = first.port();
        first.stop().toCompletableFuture().get();

        DemoServer second = server();
        HttpResponse<String> answer = refresh(second, token);
        second.stop().toCompletableFuture().get();

        assertThat(second.port()).isEqualTo(port);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Files.readString(folder.resolve("demo-authorization.json"))).doesNotContain(token);
    }

    @Test
    void rotatesRefreshTokensAndRevokesGrantOnSecondUse() throws Exception {
        DemoServer server = server();
        String first = server.authorization().grant("ada").refreshToken();

        JsonNode answer = JSON.readTree(refresh(server, first).body());
        String second = answer.path("refresh_token").asText();
        HttpResponse<String> reused = refresh(server, first);
        HttpResponse<String> afterwards = refresh(server, second);
        server.stop().toCompletableFuture().get();

        assertThat(second).isNotEmpty().isNotEqualTo(first);
        assertThat(answer.path("token_type").asText()).isEqualTo("Bearer");
        assertThat(reused.statusCode()).isEqualTo(400);
        assertThat(afterwards.body()).contains("invalid_grant");
    }

    @Test
    void refusesUnknownClient() throws Exception {
        DemoServer server = server();
        String token = server.authorization().grant("ada").refreshToken();

        HttpResponse<String> answer = refresh(server, token, "wrong");
        server.stop().toCompletableFuture().get();

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("invalid_client");
    }
}
