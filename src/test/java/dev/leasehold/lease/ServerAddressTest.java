package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.ledger.Epoch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/** What the driver is told, before any server is asked. */
class ServerAddressTest {

    private static PGSimpleDataSource source(String url) {
        return new ServerAddress(
                        new DatabaseAddress(url, "somebody", "secret"),
                        LeaseSettings.from(ConfigFactory.load()),
                        PoolName.USERDATA,
                        "address",
                        new Epoch())
                .source("");
    }

    /** With more than one server, one that is no primary is none to connect to, unless the URL asks for it. */
    @Test
    @Tag("H30")
    void looksForThePrimaryAmongManyServers() {
        assertThat(source("jdbc:postgresql://one,two/x").getTargetServerType()).isEqualTo("primary");
        assertThat(source("jdbc:postgresql://one,two/x?targetServerType=any").getTargetServerType())
                .isEqualTo("primary");
        assertThat(source("jdbc:postgresql://one,two/x?targetServerType=preferPrimary")
                        .getTargetServerType())
                .isEqualTo("preferPrimary");
        assertThat(source("jdbc:postgresql://one/x").getTargetServerType()).isNotEqualTo("primary");
    }

    /** Nothing that the driver does may last for ever. */
    @Test
    @Tag("H11")
    void boundsConnectsAndCancelsAndNoticesSilentServers() throws Exception {
        PGSimpleDataSource source = source("jdbc:postgresql://one/x");

        assertThat(source.getConnectTimeout()).isPositive();
        assertThat(source.getLoginTimeout()).isGreaterThanOrEqualTo(source.getConnectTimeout());
        assertThat(source.getProperty(PGProperty.CANCEL_SIGNAL_TIMEOUT)).isEqualTo("2");
        assertThat(source.getTcpKeepAlive()).isTrue();
        assertThat(source.getApplicationName()).isEqualTo("leasehold:address:1:userdata");
    }
}
