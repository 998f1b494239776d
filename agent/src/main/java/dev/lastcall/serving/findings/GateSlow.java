package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The readiness gate is the only way out of rotation, and a router in front needs longer than {@code
 * lastcall.serving.settle} to see it: a load balancer that sends to pod addresses learns of readiness by its own
 * deregistration (AWS: minutes, aws-node-termination-handler issue 316). A label is seen as soon as the EndpointSlice is.
 */
public record GateSlow() implements Rule {

    @Override
    public String name() {
        return "gate_slow";
    }

    @Override
    public String meaning() {
        return "the readiness gate is the only way out, and a router is slow to follow it";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        PodTemplate pod = subject.pod();
        if (!subject.routed() || !pod.gated() || pod.labelled()) {
            return Stream.empty();
        }
        return subject.routers().stream()
                .filter(router -> router.slow() != null)
                .limit(1)
                .map(router -> new Finding(
                        name(),
                        Optional.empty(),
                        router.words() + " follows readiness slower than "
                                + Spans.seconds(subject.terms().settle()) + " (" + router.slow()
                                + "), and the readiness gate is this pod's only way out of rotation",
                        "add the label lastcall.dev/rotation: in to the pod template and to the selector of "
                                + router.words(),
                        Place.GATES));
    }
}
