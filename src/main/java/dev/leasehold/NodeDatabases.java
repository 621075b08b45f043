package dev.leasehold;

import dev.leasehold.config.DatabaseSettings;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Migrations;
import java.util.Map;

/** The databases behind the two pools, which may be one. */
record NodeDatabases(DatabaseSettings platform, DatabaseSettings userdata) {

    /** Before the pools open; their connections are closed when this returns. */
    void migrate() {
        Migrations.migratePlatform(platform.url(), platform.user(), platform.password());
        if (!userdata.url().equals(platform.url())) {
            Migrations.migrateUserData(userdata.url(), userdata.user(), userdata.password());
        }
    }

    /** For a node that may not migrate. */
    void validate() {
        Migrations.validatePlatform(platform.url(), platform.user(), platform.password());
    }

    Map<PoolName, DatabaseAddress> addresses() {
        return Map.of(PoolName.PLATFORM, address(platform), PoolName.USERDATA, address(userdata));
    }

    private static DatabaseAddress address(DatabaseSettings settings) {
        return new DatabaseAddress(settings.url(), settings.user(), settings.password());
    }
}
