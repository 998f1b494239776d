package dev.lastcall.kube;

import dev.lastcall.serving.EngineKind;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of a pod's containers serves. Meshes put their proxy in front of the others (istio pull request 24737), so the
 * first one proves nothing.
 */
final class ServingContainer {
    /** Understood by kubectl and set by meshes that inject a container. */
    private static final String DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

    private static final Set<String> PROXY_NAMES = Set.of(
            "istio-proxy", "linkerd-proxy", "envoy", "envoy-sidecar", "consul-dataplane", "kuma-sidecar", "osm-proxy");
    /** The same proxies under other names, by the last part of their image. */
    private static final Pattern PROXY_IMAGES = Pattern.compile(
            "(?:^|/)(?:proxyv2|envoy|linkerd2?-proxy|proxy-linkerd|consul-dataplane|kuma-dp|aws-appmesh-envoy)(?:[:@]|$)");

    private ServingContainer() {}

    /** The one the pod names, else the one whose command starts an engine, else the first with a port. */
    static Optional<Container> of(Map<String, String> annotations, List<Container> containers) {
        String named = annotations.get(DEFAULT_CONTAINER);
        List<Container> own =
                containers.stream().filter(container -> !meshProxy(container)).toList();
        return Stream.of(
                        containers.stream().filter(container -> Objects.equals(container.getName(), named)),
                        own.stream().filter(container -> EngineKind.of(command(container)) != EngineKind.GENERIC),
                        own.stream().filter(container -> !ports(container).isEmpty()),
                        own.stream(),
                        containers.stream())
                .flatMap(choice -> choice)
                .findFirst();
    }

    /** Its declared TCP ports, in order. */
    static List<Integer> ports(Container container) {
        return container.getPorts().stream()
                .filter(port -> port.getProtocol() == null || port.getProtocol().equals("TCP"))
                .map(ContainerPort::getContainerPort)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** Command and arguments, in order. */
    static List<String> command(Container container) {
        return Stream.concat(container.getCommand().stream(), container.getArgs().stream())
                .toList();
    }

    private static boolean meshProxy(Container container) {
        String image = container.getImage() == null ? "" : container.getImage();
        return PROXY_NAMES.contains(container.getName())
                || PROXY_IMAGES.matcher(image).find();
    }
}
