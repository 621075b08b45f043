package dev.leasehold.type.oauth;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;

/** What is known of providers, as data: {@code oauth-providers.conf}. */
final class Providers {

    /** How one provider behaves. */
    record Provider(String name, Policy policy, Duration accessLife) {}

    private static final Config KNOWN =
            ConfigFactory.parseResources(Providers.class.getClassLoader(), "oauth-providers.conf");

    private Providers() {}

    /** The provider of this name; one that is not known is taken for strict. */
    static Provider of(String name) {
        Config known = KNOWN.getConfig("providers");
        Config found = known.hasPath(name)
                ? known.getConfig(name).withFallback(known.getConfig("unknown"))
                : known.getConfig("unknown");
        return new Provider(name, Policy.of(found.getString("policy")), found.getDuration("access-life"));
    }
}
