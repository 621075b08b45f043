package dev.leasehold.config;

import com.typesafe.config.Config;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What tasks may reach although it is private: networks by address, hosts by name in lower case. */
public record PrivateTargets(List<Network> networks, Set<String> hosts) {

    private static final String KEY = "allowed-private-targets";
    private static final String ALLOWED = "networks (10.1.0.0/16, ::1) and host names, separated by commas, or none";
    /** A name needs a letter: what is only digits and dots is an address, perhaps a misspelt one. */
    private static final Pattern HOST = Pattern.compile("(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    public PrivateTargets {
        networks = List.copyOf(networks);
        hosts = Set.copyOf(hosts);
    }

    public static PrivateTargets from(Config config) {
        SettingReader settings = SettingReader.of(config, ConfigLoader.ROOT);
        if (!settings.isSet(KEY) || settings.text(KEY).trim().equals("none")) {
            return new PrivateTargets(List.of(), Set.of());
        }
        List<Network> networks = new ArrayList<>();
        Set<String> hosts = new HashSet<>();
        for (String part : settings.text(KEY).split(",", -1)) {
            String entry = part.trim();
            Optional<Network> network = Network.parse(entry);
            if (network.isPresent()) {
                networks.add(network.get());
            } else if (HOST.matcher(entry).matches()) {
                hosts.add(entry.toLowerCase(Locale.ROOT));
            } else {
                throw settings.wrong(KEY, ALLOWED);
            }
        }
        return new PrivateTargets(networks, hosts);
    }

    /** Whether a host of this name, at this address, is one of them. */
    public boolean allow(String host, InetAddress address) {
        return hosts.contains(host.toLowerCase(Locale.ROOT))
                || networks.stream().anyMatch(network -> network.contains(address));
    }
}
