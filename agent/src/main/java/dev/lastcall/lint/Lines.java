package dev.lastcall.lint;

import dev.lastcall.serving.findings.Finding.Place;
import java.util.Optional;
import java.util.stream.Stream;

/** On which line of its file a finding stands. */
final class Lines {

    private Lines() {}

    /** The line of the part itself, where the manifest has it; else of what should hold it. */
    static int of(Template template, Place place) {
        Value object = template.owner().object();
        Value spec = template.spec();
        return switch (place) {
            case WORKLOAD -> object.line();
            case REPLICAS ->
                first(object, object.at("spec", "replicas"), object.at("spec", "predictor", "minReplicas"));
            case POD -> first(spec, Optional.of(template.metadata()).filter(value -> value.line() > 0));
            case GRACE -> first(spec, spec.at("terminationGracePeriodSeconds"));
            case GATES -> first(spec, spec.at("readinessGates"));
            case TOLERATIONS -> first(spec, spec.at("tolerations"));
            case PRE_STOP -> first(spec, inContainers(spec, "lifecycle", "preStop"));
            case ARGUMENTS -> first(spec, inContainers(spec, "args"), inContainers(spec, "command"));
        };
    }

    private static Optional<Value> inContainers(Value spec, String... path) {
        return spec.items("containers").stream()
                .flatMap(container -> container.at(path).stream())
                .findFirst();
    }

    @SafeVarargs
    private static int first(Value otherwise, Optional<Value>... places) {
        return Stream.of(places)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(otherwise)
                .line();
    }
}
