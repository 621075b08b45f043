package dev.leasehold.dashboard;

import dev.leasehold.admin.overview.Overview;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Renders pages and their fragments from the templates that the build compiled. */
public final class Pages {

    private static final TemplateEngine ENGINE = TemplateEngine.createPrecompiled(
            null, ContentType.Html, Pages.class.getClassLoader(), "dev.leasehold.dashboard.pages");

    private Pages() {}

    /** Fragments of the overview; those that need the database stay as they are while it is not reached. */
    private enum Fragment {
        STATUS("status", false),
        ALERTS("alerts", false),
        POOLS("pools", false),
        RUNNING("running", false),
        TILES("tiles", true),
        DUE("due", true),
        RUNS("runs", true),
        REVOKED("revoked", true),
        CYCLES("cycles", true),
        LANES("lanes", true);

        private final String label;
        private final boolean needsDatabase;

        Fragment(String label, boolean needsDatabase) {
            this.label = label;
            this.needsDatabase = needsDatabase;
        }
    }

    public static String login(Optional<String> message) {
        return render("login.jte", Map.of("message", message));
    }

    public static String overview(Overview overview) {
        return render("overview.jte", Map.of("overview", overview));
    }

    /** Every fragment that can be shown now, by the id of its element. */
    static Map<String, String> fragments(Overview overview) {
        Map<String, String> fragments = new LinkedHashMap<>();
        for (Fragment fragment : Fragment.values()) {
            if (!fragment.needsDatabase || overview.stored() != null) {
                fragments.put(
                        "f-" + fragment.label,
                        render("fragments/" + fragment.label + ".jte", Map.of("overview", overview)));
            }
        }
        return fragments;
    }

    private static String render(String template, Map<String, Object> parameters) {
        StringOutput output = new StringOutput(16 * 1024);
        ENGINE.render(template, parameters, output);
        return output.toString();
    }
}
