package dev.leasehold.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.config.PrivateTargets;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("H49")
class TargetGuardTest {

    private static final Map<String, List<String>> NAMES = Map.of(
            "good.example", List.of("93.184.216.34"),
            "inside.example", List.of("10.1.2.3"),
            "both.example", List.of("93.184.216.34", "127.0.0.1"),
            "six.example", List.of("2606:2800:220:1:248:1893:25c8:1946", "fd00::1"),
            "database.example", List.of("93.184.216.40"),
            "own.example", List.of("93.184.216.50"),
            "localhost", List.of("127.0.0.1", "::1"));

    private final TargetGuard guard = guard(OutboundTestKit.targets("none"));

    private static TargetGuard guard(PrivateTargets allowed) {
        return new TargetGuard(
                allowed, List.of("database.example"), TargetGuardTest::resolve, () -> Set.of(address("93.184.216.50")));
    }

    private static List<InetAddress> resolve(String host) throws UnknownHostException {
        List<String> found = NAMES.get(host);
        if (found == null) {
            throw new UnknownHostException(host);
        }
        return found.stream().map(TargetGuardTest::address).toList();
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "http://127.0.0.1:22/",
                "http://127.255.255.254/",
                "http://127.1/",
                "http://127.0.1/",
                "http://2130706433/",
                "http://0x7f000001/",
                "http://0x7f.0.0.1/",
                "http://0177.0.0.1/",
                "http://017700000001/",
                "http://127.0.0.01/",
                "http://127.0.0.1./",
                "http://256.1.1.1/",
                "http://1.2.3/",
                "http://1.2.3.4.5/",
                "http://0.0.0.0/",
                "http://0/",
                "http://0.1.2.3/",
                "http://10.0.0.1/",
                "http://10.255.255.255/",
                "http://100.64.0.1/",
                "http://100.127.255.255/",
                "http://169.254.169.254/latest/meta-data/",
                "http://172.16.0.1/",
                "http://172.31.255.255/",
                "http://192.0.0.8/",
                "http://192.0.2.1/",
                "http://192.88.99.1/",
                "http://192.168.1.1/",
                "http://198.18.0.1/",
                "http://198.19.255.255/",
                "http://198.51.100.7/",
                "http://203.0.113.7/",
                "http://224.0.0.1/",
                "http://239.255.255.255/",
                "http://240.0.0.1/",
                "http://255.255.255.255/",
                "http://[::]/",
                "http://[::1]/",
                "http://[0:0:0:0:0:0:0:1]/",
                "http://[::ffff:127.0.0.1]/",
                "http://[::ffff:7f00:1]/",
                "http://[::127.0.0.1]/",
                "http://[64:ff9b::7f00:1]/",
                "http://[64:ff9b::10.0.0.1]/",
                "http://[64:ff9b:1::1]/",
                "http://[2002:7f00:1::]/",
                "http://[2002:c0a8:101::1]/",
                "http://[2001:0:7f00:1::1]/",
                "http://[2001:0:5db8:d822::80ff:fffe]/",
                "http://[2001:db8::1]/",
                "http://[100::1]/",
                "http://[fc00::1]/",
                "http://[fd12:3456::1]/",
                "http://[fe80::1]/",
                "http://[fe80::1%25eth0]/",
                "http://[fec0::1]/",
                "http://[ff02::1]/",
                "http://[::1",
                "http://localhost/",
                "http://LOCALHOST/",
                "http://localhost./",
                "http://a.localhost/",
                "http://metadata.google.internal/",
                "http://metadata/",
                "http://printer.local/",
                "http://inside.example/",
                "http://both.example/",
                "http://six.example/",
                "http://database.example/",
                "http://own.example/",
                "http://93.184.216.40/",
                "http://nowhere.example/",
                "http://user:secret@good.example/",
                "http://user@good.example/",
                "http://good.example@127.0.0.1/",
                "http://127.0.0.1#@good.example/",
                "http://127.0.0.1\\@good.example/",
                "http://%6c%6f%63%61%6c%68%6f%73%74/",
                "http://127.0.0.1%2f@good.example/",
                "http://good.example:0/",
                "http://good.example:65536/",
                "http://good.example:-1/",
                "http://good.example:/",
                "http://good.example:8o/",
                "http:///path",
                "http:good.example",
                "//good.example/",
                "/path",
                "",
                "http://good .example/",
                "http://good.example/\r\nHost: x",
                "http://good..example/",
                "http://-good.example/",
                "http://①②⑦.⓪.⓪.①/",
                "http://ⓛocalhost/",
                "file:///etc/passwd",
                "ftp://good.example/",
                "gopher://good.example/",
                "jar:http://good.example!/",
                "data:text/plain,hello",
                "javascript:alert(1)"
            })
    void refusesBadUrls(String url) {
        assertThatThrownBy(() -> guard.check(TargetUrl.parse(url), AllowedPorts.ANY))
                .isInstanceOfAny(IllegalArgumentException.class, OutboundException.class)
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://good.example/",
                "https://good.example:8443/path?q=1#part",
                "HTTP://Good.Example/",
                "http://good.example./",
                "http://93.184.216.34/",
                "http://[2606:2800:220:1:248:1893:25c8:1946]/",
                "http://[64:ff9b::5db8:d822]/"
            })
    void acceptsPublicUrls(String url) {
        TargetUrl target = TargetUrl.parse(url);

        assertThat(guard.check(target, AllowedPorts.ANY).getPort()).isEqualTo(target.port());
    }

    @Test
    void refusesUrlsThatAreTooLong() {
        assertThatThrownBy(() -> TargetUrl.parse("http://good.example/" + "a".repeat(2048)))
                .hasMessageContaining("longer than 2048");
    }

    @Test
    void refusesPortsThatTypeMayNotUse() {
        assertThatThrownBy(() -> guard.check(TargetUrl.parse("http://good.example:8080/"), AllowedPorts.WEB))
                .isInstanceOf(OutboundException.class)
                .hasMessageContaining("port 8080");
        assertThat(guard.check(TargetUrl.parse("https://good.example/"), AllowedPorts.WEB)
                        .getPort())
                .isEqualTo(443);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:5432/",
                "http://localhost:9999/",
                "http://[::1]:8080/",
                "http://inside.example:81/",
                "http://x.lab.example/"
            })
    void listWinsOnEveryPort(String url) {
        TargetGuard open = new TargetGuard(
                OutboundTestKit.targets("127.0.0.0/8, ::1, inside.example, x.lab.example"),
                List.of("127.0.0.1"),
                host -> host.endsWith(".lab.example") ? List.of(address("192.168.7.7")) : resolve(host),
                () -> Set.of(address("127.0.0.1")));

        assertThat(open.check(TargetUrl.parse(url), AllowedPorts.WEB)).isNotNull();
    }

    @Test
    void listOfOneNetworkOpensNoOther() {
        TargetGuard open = guard(OutboundTestKit.targets("127.0.0.0/8"));

        assertThatThrownBy(() -> open.check(TargetUrl.parse("http://10.0.0.1/"), AllowedPorts.ANY))
                .isInstanceOf(OutboundException.class);
        assertThatThrownBy(() -> open.check(TargetUrl.parse("http://both.example:80/"), AllowedPorts.ANY))
                .isNotNull();
        assertThatThrownBy(() -> open.check(TargetUrl.parse("http://[::1]/"), AllowedPorts.ANY))
                .isInstanceOf(OutboundException.class);
    }

    @Test
    void resolvesReferences() {
        TargetUrl page = TargetUrl.parse("http://good.example/a/b?x=1");

        assertThat(page.resolve("c").toString()).isEqualTo("http://good.example/a/c");
        assertThat(page.resolve("/c d").toString()).isEqualTo("http://good.example/c%20d");
        assertThat(page.resolve("?y=2").toString()).isEqualTo("http://good.example/a/b?y=2");
        assertThat(page.resolve("//other.example/z").toString()).isEqualTo("http://other.example/z");
        assertThat(page.resolve("http://127.0.0.1/").host()).isEqualTo("127.0.0.1");
    }
}
