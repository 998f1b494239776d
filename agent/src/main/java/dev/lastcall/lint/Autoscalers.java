package dev.lastcall.lint;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** HorizontalPodAutoscalers and ScaledObjects of the input, by the name of what they scale. */
final class Autoscalers {
    private final Map<String, List<Manifest>> byTarget;

    Autoscalers(List<Manifest> all) {
        this.byTarget = all.stream()
                .filter(each -> horizontal(each) || each.kind().equals("ScaledObject"))
                .collect(Collectors.groupingBy(each -> target(each).text("name").orElse("")));
    }

    /** The least replicas an autoscaler of this workload keeps, 0 if it takes all away; empty without one. */
    Optional<Integer> least(Manifest owner) {
        List<Manifest> own = byTarget.getOrDefault(owner.name(), List.of()).stream()
                .filter(each -> each.sameNamespace(owner) && scales(each, owner))
                .toList();
        return own.stream()
                .filter(Autoscalers::horizontal)
                .map(each -> each.object().integer("spec", "minReplicas").orElse(1))
                .findFirst()
                .or(() -> own.stream()
                        .map(each ->
                                each.object().integer("spec", "minReplicaCount").orElse(0))
                        .findFirst());
    }

    private static boolean horizontal(Manifest scaler) {
        return scaler.kind().equals("HorizontalPodAutoscaler");
    }

    private static boolean scales(Manifest scaler, Manifest owner) {
        return target(scaler)
                .text("kind")
                .map(owner.kind()::equals)
                .orElse(owner.kind().equals("Deployment"));
    }

    private static Value target(Manifest scaler) {
        return scaler.object().at("spec", "scaleTargetRef").orElse(scaler.object());
    }
}
