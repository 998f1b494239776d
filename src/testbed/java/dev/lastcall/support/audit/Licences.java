package dev.lastcall.support.audit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/** Licences under which a component may ship in an Apache-2.0 program. Where several are offered, one is enough. */
final class Licences {

    private static final Set<String> ALLOWED = Set.of(
            "Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-2.0", "EPL-1.0", "UPL-1.0");

    private Licences() {}

    /** @param component of a CycloneDX document */
    static List<String> findings(JsonNode component) {
        List<String> licences = StreamSupport.stream(component.path("licenses").spliterator(), false)
                .map(Licences::name)
                .toList();
        if (licences.stream().anyMatch(ALLOWED::contains)) {
            return List.of();
        }
        String what =
                component.path("group").asText() + ":" + component.path("name").asText() + ":"
                        + component.path("version").asText();
        return List.of(
                licences.isEmpty()
                        ? what + " names no licence"
                        : what + " is under " + String.join(" or ", licences)
                                + ", which is not on the list of allowed ones");
    }

    private static String name(JsonNode entry) {
        JsonNode licence = entry.path("license");
        String id = licence.path("id").asText(licence.path("name").asText());
        return id.isEmpty() ? entry.path("expression").asText() : id;
    }
}
