package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.Taint;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From the API's Node to what a drain decides by. Field by field, and not by way of the library's model: a field that is
 * odd, or newer than the model, costs nothing but itself, and a foreign taint keeps its own words.
 */
final class NodeViews {

    private static final String NVIDIA = "nvidia.com/";

    private NodeViews() {}

    static NodeView of(JsonNode node) {
        JsonNode meta = node.path("metadata");
        JsonNode spec = node.path("spec");
        JsonNode status = node.path("status");
        return new NodeView(
                text(meta, "name"),
                text(meta, "uid"),
                text(meta, "resourceVersion"),
                spec.path("unschedulable").asBoolean(false),
                taints(spec.path("taints")),
                strings(meta.path("labels")),
                strings(meta.path("annotations")),
                conditions(status.path("conditions")),
                empty(text(spec, "providerID")),
                empty(text(status.path("nodeInfo"), "bootID")),
                gpus(status.path("allocatable")));
    }

    private static List<Taint> taints(JsonNode taints) {
        List<Taint> all = new ArrayList<>();
        taints.forEach(taint ->
                all.add(new Taint(text(taint, "key"), text(taint, "value"), text(taint, "effect"), taint.toString())));
        return List.copyOf(all);
    }

    private static Map<String, String> conditions(JsonNode conditions) {
        Map<String, String> all = new LinkedHashMap<>();
        conditions.forEach(condition -> all.put(text(condition, "type"), text(condition, "status")));
        return Map.copyOf(all);
    }

    /** Whole GPUs, shared GPUs and MIG instances alike: each is something a pod can be given. */
    private static int gpus(JsonNode allocatable) {
        return allocatable.properties().stream()
                .filter(entry -> entry.getKey().startsWith(NVIDIA))
                .map(entry -> amount(entry.getValue().asText("0")))
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .min(BigDecimal.valueOf(Integer.MAX_VALUE))
                .intValue();
    }

    /** An amount that nobody can read counts as none; the rest of the Node is still worth reading. */
    private static BigDecimal amount(String quantity) {
        try {
            return Quantity.parse(quantity).getNumericalAmount();
        } catch (IllegalArgumentException | ArithmeticException odd) {
            return BigDecimal.ZERO;
        }
    }

    static Map<String, String> strings(JsonNode map) {
        Map<String, String> all = new LinkedHashMap<>();
        map.properties()
                .forEach(entry -> all.put(entry.getKey(), entry.getValue().asText("")));
        return Map.copyOf(all);
    }

    /** Empty where the field is missing or null. */
    static String text(JsonNode object, String field) {
        return object.path(field).asText("");
    }

    static @Nullable String empty(@Nullable String value) {
        return value == null || value.isEmpty() ? null : value;
    }
}
