package dev.leasehold.type;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import dev.leasehold.outbound.OutboundClient;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.type.demo.DemoFail;
import dev.leasehold.type.demo.DemoLeak;
import dev.leasehold.type.demo.DemoSleep;
import dev.leasehold.type.http.HttpCallHandler;
import dev.leasehold.type.http.SigningKey;
import dev.leasehold.type.sql.SqlCallHandler;
import dev.leasehold.type.web.WebsiteAnalysisHandler;
import dev.leasehold.type.web.WebsiteSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Makes the handlers of the types that ship. */
public final class ShippedTypes {

    private ShippedTypes() {}

    /**
     * The handlers of all types that ship, without those of the demo.
     *
     * @param config the whole configuration
     * @param dataFolder where generated secrets live
     * @param nanoTime monotonic time
     */
    public static List<TaskHandler<?>> handlers(
            Config config, Path dataFolder, OutboundClient client, Clock clock, LongSupplier nanoTime) {
        List<TaskHandler<?>> handlers = new ArrayList<>();
        Optional<String> signingKey =
                SettingReader.of(config, "leasehold.http-call").optionalText("signing-key");
        handlers.add(new HttpCallHandler(client, SigningKey.of(signingKey, dataFolder), clock));
        handlers.add(new SqlCallHandler());
        handlers.add(new WebsiteAnalysisHandler(client, WebsiteSettings.from(config), clock, nanoTime));
        return List.copyOf(handlers);
    }

    /** The handlers that are registered only where the demo is on. */
    public static List<TaskHandler<?>> demoHandlers() {
        return List.of(new DemoSleep(), new DemoFail(), new DemoLeak());
    }
}
