package dev.lastcall.support.scrape;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What Prometheus' discovery says of the endpoints of Services (role {@code endpoints}): a target per pod and port, with the meta
 * labels that its manual names for it. Which pods and ports those are is worked out from the Service as the endpoints controller does
 * it, because the API server refuses an Endpoints object with the loopback addresses that pods have on a scripted node.
 */
final class EndpointTargets {

    private EndpointTargets() {}

    /** @param pods those of the Service's namespace */
    static Stream<PodTargets.Target> of(Service service, List<Pod> pods) {
        Map<String, String> selector = service.getSpec().getSelector();
        if (selector == null || selector.isEmpty()) {
            return Stream.empty();
        }
        return pods.stream()
                .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(selector.entrySet()))
                .filter(pod -> pod.getStatus().getPodIP() != null)
                .flatMap(pod -> service.getSpec().getPorts().stream().flatMap(port -> of(service, port, pod)));
    }

    private static Stream<PodTargets.Target> of(Service service, ServicePort port, Pod pod) {
        return pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getPorts().stream()
                        .filter(declared -> isTarget(port, declared))
                        .map(declared -> of(service, port, pod, container, declared)));
    }

    /** By name, or by number; one that no container declares is reached all the same, but no chart of ours has such a port. */
    private static boolean isTarget(ServicePort port, ContainerPort declared) {
        String name = port.getTargetPort().getStrVal();
        return name == null
                ? declared.getContainerPort().equals(port.getTargetPort().getIntVal())
                : name.equals(declared.getName());
    }

    private static PodTargets.Target of(
            Service service, ServicePort port, Pod pod, Container container, ContainerPort declared) {
        String address = pod.getStatus().getPodIP();
        Map<String, String> labels = new LinkedHashMap<>(PodTargets.labels(pod, address));
        labels.put(PodTargets.META + "endpoints_name", service.getMetadata().getName());
        labels.put(PodTargets.META + "endpoint_ready", labels.get(PodTargets.META + "pod_ready"));
        labels.put(PodTargets.META + "endpoint_port_name", Objects.requireNonNullElse(port.getName(), ""));
        labels.put(PodTargets.META + "endpoint_port_protocol", declared.getProtocol());
        labels.put(
                PodTargets.META + "endpoint_node_name",
                Objects.requireNonNullElse(pod.getSpec().getNodeName(), ""));
        labels.put(PodTargets.META + "endpoint_address_target_kind", "Pod");
        labels.put(
                PodTargets.META + "endpoint_address_target_name",
                pod.getMetadata().getName());
        labels.put(PodTargets.META + "service_name", service.getMetadata().getName());
        PodTargets.all(labels, "service_label", service.getMetadata().getLabels());
        PodTargets.all(labels, "service_annotation", service.getMetadata().getAnnotations());
        labels.put(PodTargets.META + "pod_container_name", container.getName());
        return new PodTargets.Target(List.of(address + ":" + declared.getContainerPort()), labels);
    }
}
