package dev.leasehold.type.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.Outcome.Kind;
import dev.leasehold.task.Reason;
import dev.leasehold.type.demo.DemoServer;
import dev.leasehold.type.secret.KeyFile;
import dev.leasehold.type.secret.Vault;
import dev.leasehold.type.secret.VaultException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OAuthTokenTest extends OAuthTokenBase {

    @Test
    void refreshesAndRotatesAndIsDueAgainBeforeExpiry() throws Exception {
        rotates();
        connect(null, 1);

        Outcome first = run();
        accessEndsIn(1);
        Outcome second = run();

        assertThat(first.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(first.nextDueAt())
                .isBetween(
                        Clock.systemUTC().instant().plusSeconds(3600 - 420),
                        Clock.systemUTC().instant().plusSeconds(3600 - 300));
        assertThat(second.kind()).isEqualTo(Kind.SUCCESS);
        assertThat(presented()).containsExactly("refresh0", "refresh1");
        assertThat(accessToken()).contains("access2");
        assertThat(column("state")).isEqualTo("idle");
        assertThat(column("generation")).isEqualTo("3");
        assertThat(first.toString()).doesNotContain("access1", "refresh1");
        assertThat(provider.requests().get(0).headers().getFirst("Authorization"))
                .startsWith("Basic ");
    }

    @Test
    void doesNothingWhileTokenIsFresh() throws Exception {
        rotates();
        connect(null, 3600);

        Outcome outcome = run();

        assertThat(outcome.kind()).isEqualTo(Kind.SKIPPED);
        assertThat(outcome.nextDueAt()).isNotNull();
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void keepsOldRefreshTokenWhereProviderSendsNone() throws Exception {
        answers(call -> "{\"access_token\":\"access" + call + "\",\"expires_in\":\"3600\"}");
        connect("none", 1);

        run();
        accessEndsIn(1);
        run();

        assertThat(presented()).containsExactly("refresh0", "refresh0");
        assertThat(accessToken()).contains("access2");
    }

    @Test
    void assumesLifetimeWhereProviderNamesNone() throws Exception {
        answers(call -> "{\"access_token\":\"access1\",\"token_type\":\"bearer\"}");
        connect(null, 1);

        run();

        assertThat(column("expiry_assumed")).isEqualTo("t");
    }

    @Test
    void storesNothingReadable() throws Exception {
        rotates();
        connect(null, 1);

        run();

        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT string_agg(row::text, '') FROM (SELECT c::text AS row"
                                + " FROM leasehold.credential c UNION ALL SELECT r::text FROM leasehold.token_result r) AS all_rows")) {
            row.next();
            for (String secret : List.of("refresh0", "refresh1", "access1", SECRET)) {
                String hex = java.util.HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8));
                assertThat(row.getString(1)).doesNotContain(hex).doesNotContain("\"" + secret);
            }
        }
    }

    @Test
    void ciphertextOfAnotherRowCannotBeRead() throws Exception {
        connect(null, 3600);
        String first = id;
        id = "copy-of-" + first;
        connect(null, 3600);
        database.execute("UPDATE leasehold.credential SET access_ct = (SELECT access_ct FROM leasehold.credential"
                + " WHERE id = '" + first + "') WHERE id = '" + id + "'");

        assertThatThrownBy(this::accessToken).isInstanceOf(VaultException.class).hasMessageNotContaining("access0");
    }

    @Test
    void refusesAnotherKeyFile() throws Exception {
        Path other = KeyFile.of(Optional.empty(), spool);

        try (Connection connection = database.connect()) {
            assertThatThrownBy(() -> Vault.open(connection, other))
                    .isInstanceOf(VaultException.class)
                    .hasMessageContaining("LEASEHOLD_KEY_FILE");
            Files.writeString(other, "not a key");
            assertThatThrownBy(() -> Vault.open(connection, other)).hasMessageContaining("32 bytes");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile)))
                .isEqualTo("rw-------");
    }

    @ParameterizedTest
    @CsvSource({
        "400, '{\"error\":\"invalid_grant\"}', AUTH, reconnect",
        "400, '{\"error\":\"interaction_required\"}', AUTH, reconnect",
        "401, '{\"error\":\"invalid_client\"}', AUTH, idle",
        "401, '', AUTH, idle",
        "400, '{\"error\":\"invalid_scope\"}', CONFIG, idle",
        "404, '<html>', CONFIG, idle",
        "429, '', API_LIMIT, idle",
        "500, '<html>', NETWORK, idle",
        "503, '{\"error\":\"temporarily_unavailable\"}', NETWORK, idle",
        "200, '{\"error\":\"invalid_grant\"}', AUTH, reconnect"
    })
    void classifiesRefusals(int status, String body, Reason reason, String state) throws Exception {
        provider.on("/token", status, "application/json", body);
        connect("strict", 1);

        Outcome outcome = run();

        assertThat(outcome.reason()).isEqualTo(reason);
        assertThat(column("state")).isEqualTo(state);
        assertThat(provider.requests()).hasSize(1);
        assertThat(column("presented")).isEqualTo(state.equals("idle") ? "0" : "1");
    }

    @Test
    void neverAsksAgainOnceReconnectIsNeeded() throws Exception {
        provider.on("/token", 400, "application/json", "{\"error\":\"invalid_grant\"}");
        connect(null, 1);

        run();
        Outcome again = run();

        assertThat(again.reason()).isEqualTo(Reason.AUTH);
        assertThat(again.retryable()).isFalse();
        assertThat(provider.requests()).hasSize(1);
        assertThat(context.alerts()).containsKey("reconnect");
    }

    @Test
    void livesWithStrictServerOfTheDemo() throws Exception {
        DemoServer demo = DemoServer.start(kit.system(), spool, Clock.systemUTC());
        var issued = demo.authorization().grant("ada");
        try (Connection connection = database.connect()) {
            Credentials.create(
                    connection,
                    vault,
                    new NewCredential(
                            "default",
                            id,
                            "demo",
                            "ada",
                            demo.baseUrl() + "/oauth/token",
                            "leasehold-demo",
                            demo.authorization().clientSecret(),
                            null,
                            null,
                            issued.refreshToken(),
                            null,
                            1));
        }

        for (int i = 0; i < 3; i++) {
            accessEndsIn(1);
            assertThat(run().kind()).isEqualTo(Kind.SUCCESS);
        }
        demo.stop();
    }

    @Test
    void saysThatConnectionIsNotThere() throws Exception {
        assertThat(run().reason()).isEqualTo(Reason.CONFIG);
        assertThatThrownBy(() -> new OAuthToken("a/b")).hasMessageContaining("connection");
    }
}
