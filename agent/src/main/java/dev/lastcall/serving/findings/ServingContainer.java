package dev.lastcall.serving.findings;

import dev.lastcall.serving.EngineKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of a pod's containers serves, in a manifest as on a node. Meshes put their proxy in front of the others (istio pull request
 * 24737), so the first one proves nothing.
 */
public final class ServingContainer {
    /** Understood by kubectl and set by meshes that inject a container. */
    private static final String DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

    private static final Set<String> PROXY_NAMES = Set.of(
            "istio-proxy", "linkerd-proxy", "envoy", "envoy-sidecar", "consul-dataplane", "kuma-sidecar", "osm-proxy");
    /** The same proxies under other names, by the last part of their image. */
    private static final Pattern PROXY_IMAGES = Pattern.compile(
            "(?:^|/)(?:proxyv2|envoy|linkerd2?-proxy|proxy-linkerd|consul-dataplane|kuma-dp|aws-appmesh-envoy)(?:[:@]|$)");

    private ServingContainer() {}

    /**
     * The one the pod names, else the one whose command starts an engine, else the one whose image is an engine's, else the first
     * with a port.
     */
    public static Optional<Container> of(Map<String, String> annotations, List<Container> containers) {
        String named = annotations.get(DEFAULT_CONTAINER);
        List<Container> own =
                containers.stream().filter(container -> !meshProxy(container)).toList();
        return Stream.of(
                        containers.stream().filter(container -> container.name().equals(named)),
                        own.stream().filter(container -> EngineKind.of(container.words()) != EngineKind.GENERIC),
                        own.stream().filter(container -> Engine.of(container).isPresent()),
                        own.stream().filter(container -> !container.ports().isEmpty()),
                        own.stream(),
                        containers.stream())
                .flatMap(choice -> choice)
                .findFirst();
    }

    static Optional<Container> of(PodTemplate pod) {
        return of(pod.annotations(), pod.containers());
    }

    private static boolean meshProxy(Container container) {
        return PROXY_NAMES.contains(container.name())
                || PROXY_IMAGES.matcher(container.image()).find();
    }
}
