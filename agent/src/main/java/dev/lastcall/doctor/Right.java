package dev.lastcall.doctor;

import dev.lastcall.kube.Access;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the agent has to be allowed, one kind of object each: the chart's ClusterRole as a value.
 *
 * @param group API group; empty for the core
 * @param resource with its subresource behind a slash
 * @param reads verbs it needs always
 * @param writes verbs it needs unless it only does dry runs ({@code lastcall.dry-run})
 * @param without what fails where a verb is refused, a clause
 */
record Right(String group, String resource, List<String> reads, List<String> writes, String without) {

    static final List<Right> ALL = List.of(
            new Right(
                    "",
                    "nodes",
                    List.of("get", "list", "watch"),
                    List.of("patch"),
                    "the node is not seen, or not cordoned at a notice"),
            new Right(
                    "",
                    "pods",
                    List.of("get", "list", "watch"),
                    List.of("patch", "delete"),
                    "pods are not seen, not taken out of rotation, or not forced"),
            new Right("", "pods/status", List.of(), List.of("patch"), "readiness gates of serving pods stay closed"),
            new Right("", "pods/eviction", List.of(), List.of("create"), "no pod leaves the doomed node"),
            new Right(
                    "",
                    "services",
                    List.of("list"),
                    List.of(),
                    "the last pod of a service may be taken out of rotation"),
            new Right(
                    "policy",
                    "poddisruptionbudgets",
                    List.of("list"),
                    List.of(),
                    "the last pod of a service may be taken out of rotation"),
            new Right(
                    "discovery.k8s.io",
                    "endpointslices",
                    List.of("list"),
                    List.of(),
                    "a router that still sends to a withdrawn pod is not found"),
            new Right(
                    "inference.networking.k8s.io",
                    "inferencepools",
                    List.of("list"),
                    List.of(),
                    "the last pod of an InferencePool may leave it"),
            new Right(
                    "inference.networking.x-k8s.io",
                    "inferencepools",
                    List.of("list"),
                    List.of(),
                    "the last pod of an InferencePool may leave it"),
            new Right(
                    "",
                    "resourcequotas",
                    List.of("list"),
                    List.of(),
                    "a pod is detached although a quota refuses its replacement"),
            new Right("", "events", List.of("create", "patch"), List.of(), "nobody reads in Events what was done"));

    Stream<String> verbs(boolean dryRun) {
        return dryRun ? reads.stream() : Stream.concat(reads.stream(), writes.stream());
    }

    /** @param node the own Node: a role may name the one Node it is for */
    Access access(String verb, String node) {
        String[] parts = resource.split("/", 2);
        return new Access(
                group, parts[0], parts.length == 2 ? parts[1] : "", verb, resource.equals("nodes") ? node : "");
    }

    /** {@code pods/eviction}, or {@code inferencepools.inference.networking.k8s.io} outside the core. */
    String label() {
        return group.isEmpty() ? resource : resource + "." + group;
    }
}
