package dev.lastcall.serving.findings;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Which container of a pod is the engine. */
final class ServingContainer {
    private static final String DEFAULT = "kubectl.kubernetes.io/default-container";
    /** Proxies that a service mesh puts first. */
    private static final Pattern MESH = Pattern.compile("istio-proxy|linkerd-proxy|envoy(-sidecar)?|consul-dataplane");

    private ServingContainer() {}

    /** The one a person named, else the one whose command or image names an engine, else the first with a port. */
    static Optional<Container> of(PodTemplate pod) {
        String named = pod.annotations().get(DEFAULT);
        return first(pod, container -> container.name().equals(named))
                .or(() -> first(pod, container -> Engine.of(container).isPresent()))
                .or(() -> first(
                        pod,
                        container -> !container.ports().isEmpty()
                                && !MESH.matcher(container.name()).matches()))
                .or(() -> first(pod, _ -> true));
    }

    private static Optional<Container> first(PodTemplate pod, Predicate<Container> wanted) {
        return pod.containers().stream().filter(wanted).findFirst();
    }
}
