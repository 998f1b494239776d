package dev.lastcall.support.scrape;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What Prometheus' discovery says of pods (role {@code pod}): a target per declared port, with the meta labels that its manual
 * names for it. Distributions build Prometheus without that discovery.
 */
final class PodTargets {

    static final String META = "__meta_kubernetes_";

    private PodTargets() {}

    /** An entry of {@code file_sd_configs}. */
    record Target(List<String> targets, Map<String, String> labels) {}

    static Stream<Target> of(Pod pod) {
        String address = pod.getStatus().getPodIP();
        if (address == null || address.isEmpty()) {
            return Stream.empty();
        }
        return pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getPorts().stream().map(port -> of(pod, address, container, port)));
    }

    private static Target of(Pod pod, String address, Container container, ContainerPort port) {
        Map<String, String> labels = labels(pod, address);
        labels.put(META + "pod_container_name", container.getName());
        labels.put(META + "pod_container_image", container.getImage());
        labels.put(META + "pod_container_port_name", Objects.requireNonNullElse(port.getName(), ""));
        labels.put(META + "pod_container_port_number", String.valueOf(port.getContainerPort()));
        labels.put(META + "pod_container_port_protocol", port.getProtocol());
        return new Target(List.of(address + ":" + port.getContainerPort()), labels);
    }

    /** What is said of the pod itself, by whatever way it was found. */
    static Map<String, String> labels(Pod pod, String address) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(META + "namespace", pod.getMetadata().getNamespace());
        labels.put(META + "pod_name", pod.getMetadata().getName());
        labels.put(META + "pod_uid", pod.getMetadata().getUid());
        labels.put(META + "pod_ip", address);
        labels.put(
                META + "pod_host_ip", Objects.requireNonNullElse(pod.getStatus().getHostIP(), ""));
        labels.put(META + "pod_phase", pod.getStatus().getPhase());
        labels.put(META + "pod_ready", ready(pod));
        labels.put(
                META + "pod_node_name", Objects.requireNonNullElse(pod.getSpec().getNodeName(), ""));
        all(labels, "pod_label", pod.getMetadata().getLabels());
        all(labels, "pod_annotation", pod.getMetadata().getAnnotations());
        return labels;
    }

    static void all(Map<String, String> labels, String kind, Map<String, String> given) {
        given.forEach((name, value) -> {
            String label = name.replaceAll("[^a-zA-Z0-9_]", "_");
            labels.put(META + kind + "_" + label, value);
            labels.put(META + kind + "present_" + label, "true");
        });
    }

    private static String ready(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .map(condition -> condition.getStatus().toLowerCase(java.util.Locale.ROOT))
                .findFirst()
                .orElse("unknown");
    }
}
