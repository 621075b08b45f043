package dev.leasehold.type;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.task.MissingTasks;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.type.demo.DemoFail;
import dev.leasehold.type.demo.DemoLeak;
import dev.leasehold.type.demo.DemoSleep;
import dev.leasehold.type.http.HttpCallHandler;
import dev.leasehold.type.http.SigningKey;
import dev.leasehold.type.monitoring.MonitoringHandler;
import dev.leasehold.type.oauth.OAuthTokenHandler;
import dev.leasehold.type.oauth.UncheckedConnections;
import dev.leasehold.type.secret.Vault;
import dev.leasehold.type.sql.SqlCallHandler;
import dev.leasehold.type.web.UnwatchedSites;
import dev.leasehold.type.web.WebsiteAnalysisHandler;
import dev.leasehold.type.web.WebsiteSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Makes the handlers of the types that ship. */
public final class ShippedTypes {

    /**
     * What the handlers work with.
     *
     * @param config the whole configuration
     * @param dataFolder where generated secrets live, and token answers that wait for the database
     * @param nanoTime monotonic time
     */
    public record Collaborators(
            Config config, Path dataFolder, OutboundClient client, Vault vault, Clock clock, LongSupplier nanoTime) {}

    private ShippedTypes() {}

    /** The handlers of all types that ship, without those of the demo. */
    public static List<TaskHandler<?>> handlers(Collaborators with) {
        Optional<String> signingKey =
                SettingReader.of(with.config(), "leasehold.http-call").optionalText("signing-key");
        return List.of(
                new HttpCallHandler(with.client(), SigningKey.of(signingKey, with.dataFolder()), with.clock()),
                new SqlCallHandler(),
                new WebsiteAnalysisHandler(
                        with.client(), WebsiteSettings.from(with.config()), with.clock(), with.nanoTime()),
                new OAuthTokenHandler(
                        with.client(),
                        with.vault(),
                        with.dataFolder().resolve("oauth-answers"),
                        with.clock(),
                        with.nanoTime()),
                new MonitoringHandler(with.client()));
    }

    /** The handlers that are registered only where the demo is on. */
    public static List<TaskHandler<?>> demoHandlers() {
        return List.of(new DemoSleep(), new DemoFail(), new DemoLeak());
    }

    /** What the types that ship look for at start: stored things without the task that serves them. */
    public static List<MissingTasks> missingTasks() {
        return List.of(new UncheckedConnections(), new UnwatchedSites());
    }
}
