package dev.lastcall.lint;

import dev.lastcall.serving.findings.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Findings that a user accepts, by the annotation {@code lastcall.dev/lint-accept} of the workload or its pod template:
 * {@code finding=reason}, several on lines of their own or separated by semicolons. Without a reason nothing is accepted.
 *
 * @param reasons finding to reason
 * @param problems what of the annotation can't be used, a sentence each
 */
record Accepted(Map<String, String> reasons, List<String> problems) {
    static final String ANNOTATION = "lastcall.dev/lint-accept";

    static Accepted of(Template template) {
        Map<String, String> reasons = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        Stream.of(
                        template.owner().object().text("metadata", "annotations", ANNOTATION),
                        template.metadata().text("annotations", ANNOTATION))
                .flatMap(java.util.Optional::stream)
                .distinct()
                .flatMap(text -> Stream.of(text.split("[;\\n]")))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .forEach(entry -> {
                    String[] parts = entry.split("=", 2);
                    String finding = parts[0].strip();
                    if (!Rules.names().contains(finding)) {
                        problems.add("'" + finding + "' in " + ANNOTATION + " is no finding; lint --help lists them");
                    } else if (parts.length < 2 || parts[1].isBlank()) {
                        problems.add(
                                "'" + finding + "' in " + ANNOTATION + " has no reason; give " + finding + "=reason");
                    } else {
                        reasons.put(finding, parts[1].strip());
                    }
                });
        return new Accepted(reasons, problems);
    }
}
