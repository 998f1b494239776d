package dev.lastcall.kube;

import static dev.lastcall.kube.NodeViews.text;

import dev.lastcall.serving.findings.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** From the containers of the API's Pod to what tells which of them serves, and where. */
final class Containers {

    private Containers() {}

    /** In their order, with TCP ports only and without what only a manifest is asked for. */
    static List<Container> of(PodSpec spec) {
        return spec.getContainers().stream().map(Containers::of).toList();
    }

    private static Container of(io.fabric8.kubernetes.api.model.Container container) {
        return new Container(
                text(container.getName()),
                text(container.getImage()),
                Stream.concat(container.getCommand().stream(), container.getArgs().stream())
                        .toList(),
                container.getPorts().stream()
                        .filter(port ->
                                port.getProtocol() == null || port.getProtocol().equals("TCP"))
                        .map(ContainerPort::getContainerPort)
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList(),
                Map.of(),
                Duration.ZERO,
                null);
    }
}
