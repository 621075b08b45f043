package dev.leasehold.engine.limit;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who owns which lane, as the database said at one look. */
public record Roster(List<Place> places) {

    /** Before the first look. */
    public static final Roster UNKNOWN = new Roster(List.of());

    /**
     * One lane.
     *
     * @param owner an incarnation; null for a lane that is free
     * @param address where the owner's actors are: system, host and port; null when it is not known
     */
    public record Place(
            int lane,
            @Nullable String owner,
            long epoch,
            @Nullable String address) {}

    public Roster {
        places = List.copyOf(places);
    }

    /** Number of lanes; 0 when nothing is known. */
    public int lanes() {
        return places.size();
    }

    /** The home of a limit; null when nothing is known. */
    public @Nullable Place home(LimitKey key) {
        return places.isEmpty() ? null : place(key.home(places.size()));
    }

    @Nullable
    Place place(int lane) {
        return places.stream().filter(each -> each.lane() == lane).findFirst().orElse(null);
    }

    /** All incarnations that own a lane. */
    Set<String> owners() {
        Set<String> owners = new TreeSet<>();
        for (Place each : places) {
            String owner = each.owner();
            if (owner != null) {
                owners.add(owner);
            }
        }
        return owners;
    }

    /** Where the owners of lanes are, as far as it is known. */
    Map<String, String> addresses() {
        Map<String, String> addresses = new TreeMap<>();
        for (Place each : places) {
            String owner = each.owner();
            String address = each.address();
            if (owner != null && address != null) {
                addresses.put(owner, address);
            }
        }
        return addresses;
    }
}
