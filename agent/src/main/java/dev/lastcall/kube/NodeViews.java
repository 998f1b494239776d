package dev.lastcall.kube;

import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.Taint;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From the API's Node to what a drain decides by. */
final class NodeViews {

    private static final String NVIDIA = "nvidia.com/";

    private NodeViews() {}

    static NodeView of(Node node) {
        ObjectMeta meta = node.getMetadata();
        NodeSpec spec = Optional.ofNullable(node.getSpec()).orElseGet(NodeSpec::new);
        NodeStatus status = Optional.ofNullable(node.getStatus()).orElseGet(NodeStatus::new);
        return new NodeView(
                meta.getName(),
                text(meta.getUid()),
                text(meta.getResourceVersion()),
                Boolean.TRUE.equals(spec.getUnschedulable()),
                spec.getTaints().stream()
                        .map(taint -> new Taint(text(taint.getKey()), text(taint.getValue()), text(taint.getEffect())))
                        .toList(),
                copy(meta.getLabels()),
                copy(meta.getAnnotations()),
                conditions(status.getConditions()),
                empty(spec.getProviderID()),
                status.getNodeInfo() == null ? null : empty(status.getNodeInfo().getBootID()),
                gpus(status.getAllocatable()));
    }

    /** Whole GPUs, shared GPUs and MIG instances alike: each is something a pod can be given. */
    private static int gpus(@Nullable Map<String, Quantity> allocatable) {
        return allocatable == null
                ? 0
                : allocatable.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(NVIDIA))
                        .map(entry -> entry.getValue().getNumericalAmount())
                        .reduce(BigDecimal.ZERO, BigDecimal::add)
                        .intValue();
    }

    private static Map<String, String> conditions(List<NodeCondition> conditions) {
        return conditions.stream()
                .collect(Collectors.toUnmodifiableMap(
                        NodeCondition::getType, condition -> text(condition.getStatus()), (first, second) -> second));
    }

    static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    static @Nullable String empty(@Nullable String value) {
        return value == null || value.isEmpty() ? null : value;
    }

    static Map<String, String> copy(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : Map.copyOf(map);
    }
}
