package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * New requests reach the pod until it is deleted. An engine can't say that it is about to go (vLLM's {@code /health} stays
 * 200 through its own drain, seen on 0.32), so somebody else must take the pod out: by a label that its Services select, or
 * by a readiness gate.
 */
public record NoRotation() implements Rule {
    private static final String LABEL = "lastcall.dev/rotation: in";

    @Override
    public String name() {
        return "no_rotation";
    }

    @Override
    public String meaning() {
        return "nothing takes the pod out of rotation before the pod is deleted";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        if (!subject.routed()) {
            return Stream.empty();
        }
        PodTemplate pod = subject.pod();
        List<Router> routers = subject.routers();
        if (!pod.labelled() && !pod.gated()) {
            return finding(
                    "the pod has neither the label " + LABEL + " nor the readiness gate lastcall.dev/in-rotation, so"
                            + " new requests arrive until it is deleted",
                    operated(routers)
                            ? "add readinessGates: [{conditionType: lastcall.dev/in-rotation}] to the pod's spec: "
                                    + subject.workload().kind() + "'s operator makes the Service, whose selector stays"
                                    + " as it is, and which follows readiness"
                            : "add the label " + LABEL + " to the pod template and to the selector of "
                                    + names(routers));
        }
        boolean byLabel = pod.labelled() && routers.stream().anyMatch(Router::followsLabel);
        boolean byGate = pod.gated() && routers.stream().anyMatch(Router::followsGate);
        if (byLabel || byGate) {
            return Stream.empty();
        }
        return routers.isEmpty()
                ? finding(
                        "no Service and no InferencePool in the input selects this pod, so nothing is known to follow its"
                                + (pod.labelled() ? " rotation label" : " readiness gate"),
                        "check the Service's manifest together with this one; its selector needs " + LABEL)
                : finding(
                        names(routers) + (routers.size() == 1 ? " does" : " do") + " not follow this pod's "
                                + (pod.labelled() ? "rotation label" : "readiness gate") + ", so new requests arrive"
                                + " until it is deleted",
                        operated(routers)
                                ? "add readinessGates: [{conditionType: lastcall.dev/in-rotation}] to the pod's spec;"
                                        + " the operator's Service follows readiness, its selector can't be changed"
                                : pod.labelled()
                                        ? "add " + LABEL + " to the selector of " + names(routers)
                                        : "remove publishNotReadyAddresses from " + names(routers)
                                                + ", or use the label " + LABEL);
    }

    private static boolean operated(List<Router> routers) {
        return !routers.isEmpty() && routers.stream().allMatch(router -> router.origin() == Router.Origin.OPERATOR);
    }

    private static String names(List<Router> routers) {
        return routers.isEmpty()
                ? "the Service"
                : routers.stream().map(Router::words).collect(Collectors.joining(", "));
    }

    private Stream<Finding> finding(String message, String remedy) {
        return Stream.of(new Finding(name(), Optional.empty(), message, remedy, Place.POD));
    }
}
