package dev.lastcall.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.Taint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Request bodies, holding exactly what is meant: a field that is not named is not touched. */
final class Bodies {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Bodies() {}

    /** A JSON merge patch (RFC 7386): null removes a key, a list replaces the whole list. */
    static String of(NodePatch patch) {
        ObjectNode root = JSON.objectNode();
        ObjectNode metadata = root.putObject("metadata");
        metadata.put("resourceVersion", patch.resourceVersion());
        keys(metadata, "labels", patch.labels());
        keys(metadata, "annotations", patch.annotations());
        Boolean unschedulable = patch.unschedulable();
        List<Taint> taints = patch.taints();
        if (unschedulable != null || taints != null) {
            ObjectNode spec = root.putObject("spec");
            if (unschedulable != null) {
                spec.put("unschedulable", unschedulable);
            }
            if (taints != null) {
                var list = spec.putArray("taints");
                taints.forEach(taint -> list.add(taint(taint)));
            }
        }
        return root.toString();
    }

    /** A merge patch replaces the whole list: what was read must go back as it came, {@code timeAdded} included. */
    private static JsonNode taint(Taint taint) {
        if (!taint.json().isEmpty()) {
            try {
                return MAPPER.readTree(taint.json());
            } catch (JsonProcessingException notFromTheServer) {
                throw new IllegalArgumentException("not a taint: " + taint.json(), notFromTheServer);
            }
        }
        ObjectNode entry = JSON.objectNode().put("key", taint.key()).put("effect", taint.effect());
        return taint.value().isEmpty() ? entry : entry.put("value", taint.value());
    }

    static String marks(PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        ObjectNode root = JSON.objectNode();
        ObjectNode metadata = root.putObject("metadata").put("uid", pod.uid());
        keys(metadata, "labels", labels);
        keys(metadata, "annotations", annotations);
        return root.toString();
    }

    /** A strategic merge patch: conditions merge by their type, so that kubelet's stay. */
    static String condition(
            PodRef pod, String type, boolean status, String reason, String message, String transitionTime) {
        ObjectNode root = JSON.objectNode();
        root.putObject("metadata").put("uid", pod.uid());
        root.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", type)
                .put("status", status ? "True" : "False")
                .put("reason", reason)
                .put("message", message)
                .put("lastTransitionTime", transitionTime);
        return root.toString();
    }

    static String eviction(PodRef pod, Duration grace) {
        ObjectNode root = JSON.objectNode().put("apiVersion", "policy/v1").put("kind", "Eviction");
        root.putObject("metadata").put("name", pod.name()).put("namespace", pod.namespace());
        deletion(root.putObject("deleteOptions"), pod, grace);
        return root.toString();
    }

    static String deletion(PodRef pod, Duration grace) {
        ObjectNode root = JSON.objectNode().put("apiVersion", "v1").put("kind", "DeleteOptions");
        deletion(root, pod, grace);
        return root.toString();
    }

    private static void deletion(ObjectNode options, PodRef pod, Duration grace) {
        options.put("gracePeriodSeconds", Math.max(1, grace.toSeconds()));
        options.putObject("preconditions").put("uid", pod.uid());
    }

    private static void keys(ObjectNode metadata, String name, Map<String, Optional<String>> changes) {
        if (!changes.isEmpty()) {
            ObjectNode node = metadata.putObject(name);
            changes.forEach(
                    (key, value) -> value.ifPresentOrElse(text -> node.put(key, text), () -> node.putNull(key)));
        }
    }
}
