package dev.lastcall.support.router;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A pod as the router knows it. In and out of rotation is decided elsewhere; open requests outlive both. */
final class Backend {

    final String pod;
    final InetSocketAddress address;
    final AtomicInteger open = new AtomicInteger();

    Backend(String pod, InetSocketAddress address) {
        this.pod = pod;
        this.address = address;
    }

    static Backend of(Pod pod) {
        return new Backend(
                pod.getMetadata().getName(),
                new InetSocketAddress(pod.getStatus().getPodIP(), port(pod)));
    }

    /** Annotation {@code lastcall.dev/port}, else the first containerPort, else 8000. */
    private static int port(Pod pod) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        String annotated = annotations == null ? null : annotations.get("lastcall.dev/port");
        if (annotated != null) {
            return Integer.parseInt(annotated);
        }
        return pod.getSpec().getContainers().stream()
                .map(Container::getPorts)
                .flatMap(ports -> ports == null ? Stream.<ContainerPort>empty() : ports.stream())
                .map(ContainerPort::getContainerPort)
                .findFirst()
                .orElse(8000);
    }
}
