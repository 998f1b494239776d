package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.lastcall.drain.PodMarks;
import dev.lastcall.drain.PodView;
import dev.lastcall.serving.rotation.Endpoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The pods of one controller, with those that Lastcall has detached from it. A detached pod has neither the ReplicaSet's label nor, a
 * moment later, an owner reference to it. What still tells whose it was is {@code metadata.generateName}, which the ReplicaSet set to
 * its own name and a dash, and which nobody can change.
 *
 * @param name for a person: {@code ReplicaSet chat/llm-6ccc4f9474}
 * @param endpoints the asking pod included
 */
record Siblings(String name, List<Endpoint> endpoints) {

    private static final String REPLICA_SET = "ReplicaSet";

    Siblings {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * @param pod has a controller, or had one until it was detached
     * @param seen pods of its namespace; where one is there twice, the later copy counts
     */
    static Siblings of(PodView pod, List<JsonNode> seen) {
        Map<String, JsonNode> pods = new LinkedHashMap<>();
        seen.forEach(each -> pods.put(uid(each), each));
        PodView.Controller controller = pod.controller();
        JsonNode self = pods.getOrDefault(pod.ref().uid(), MissingNode.getInstance());
        String kind = controller == null ? REPLICA_SET : controller.kind();
        String name = controller == null ? generator(self) : controller.name();
        return new Siblings(
                kind + " " + pod.ref().namespace() + "/" + name,
                pods.values().stream()
                        .filter(each -> uid(each).equals(pod.ref().uid())
                                || (controller != null && ownedBy(each, controller.uid()))
                                || (kind.equals(REPLICA_SET) && !name.isEmpty() && name.equals(replicaSet(each))))
                        .map(KubeNeighbours::endpoint)
                        .toList());
    }

    private static boolean ownedBy(JsonNode pod, String uid) {
        return owners(pod).anyMatch(owner -> owner.path("uid").asText().equals(uid));
    }

    /** The name of the ReplicaSet that has the pod, or had it until we detached it; else empty. */
    private static String replicaSet(JsonNode pod) {
        return owners(pod)
                .filter(owner -> owner.path("controller").asBoolean())
                .findFirst()
                .map(owner -> owner.path("kind").asText().equals(REPLICA_SET)
                        ? owner.path("name").asText()
                        : "")
                .orElseGet(() -> detached(pod) ? generator(pod) : "");
    }

    private static boolean detached(JsonNode pod) {
        return PodMarks.detached(
                pod.at("/metadata/annotations").path(PodMarks.WITHDRAWN).asText(""));
    }

    private static String generator(JsonNode pod) {
        String generateName = pod.at("/metadata/generateName").asText("");
        return generateName.endsWith("-") ? generateName.substring(0, generateName.length() - 1) : generateName;
    }

    private static Stream<JsonNode> owners(JsonNode pod) {
        return StreamSupport.stream(pod.at("/metadata/ownerReferences").spliterator(), false);
    }

    private static String uid(JsonNode pod) {
        return pod.at("/metadata/uid").asText();
    }
}
