package dev.lastcall.lint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pods that an object asks for.
 *
 * @param owner the object that carries it
 * @param kind that of the owner; for a pod that has one, of its controller
 * @param name likewise
 * @param metadata of the pods: labels and annotations
 * @param spec a PodSpec
 * @param replicas null where it is not known
 * @param role whether it serves, where the kind itself says so
 * @param operated an operator makes the Services of this kind, and they select by its own labels
 */
record Template(
        Manifest owner,
        String kind,
        String name,
        Value metadata,
        Value spec,
        @Nullable Integer replicas,
        Role role,
        boolean operated) {
    private static final Value NOTHING = new Value.Mapping(Map.of(), 0);

    /** What the kind of the owner says about its pods. */
    enum Role {
        /** Nothing: labels, command and image decide. */
        OPEN,
        /** They serve. */
        SERVES,
        /** They serve nobody: workers behind a leader. */
        WORKER
    }

    /** @return none for an object without pods */
    static List<Template> of(Manifest manifest) {
        Value object = manifest.object();
        return switch (manifest.kind()) {
            case "Pod" -> List.of(pod(manifest));
            case "CronJob" -> at(manifest, null, Role.OPEN, "spec", "jobTemplate", "spec", "template");
            case "Job" -> at(manifest, null, Role.OPEN, "spec", "template");
            case "ScaledJob" -> at(manifest, null, Role.OPEN, "spec", "jobTargetRef", "template");
            case "DaemonSet" -> at(manifest, null, Role.OPEN, "spec", "template");
            case "LeaderWorkerSet" -> leaderWorkerSet(manifest);
            case "InferenceService" -> inferenceService(manifest);
            case "LLMInferenceService" ->
                Stream.of(
                                podSpec(
                                        manifest,
                                        object.integer("spec", "replicas").orElse(1),
                                        Role.SERVES,
                                        "spec",
                                        "template"),
                                podSpec(
                                        manifest,
                                        object.integer("spec", "prefill", "replicas")
                                                .orElse(1),
                                        Role.SERVES,
                                        "spec",
                                        "prefill",
                                        "template"))
                        .flatMap(List::stream)
                        .toList();
            case "RayService" -> ray(manifest, "spec", "rayClusterConfig");
            case "RayCluster" -> ray(manifest, "spec");
            // Deployment, StatefulSet, ReplicaSet, and those of others that are made alike (Rollout, CloneSet).
            default -> at(manifest, object.integer("spec", "replicas").orElse(1), Role.OPEN, "spec", "template");
        };
    }

    private static Template pod(Manifest manifest) {
        Optional<Value> controller = manifest.controller();
        return new Template(
                manifest,
                controller.flatMap(owner -> owner.text("kind")).orElse("Pod"),
                controller.flatMap(owner -> owner.text("name")).orElse(manifest.name()),
                manifest.object().at("metadata").orElse(NOTHING),
                manifest.object().at("spec").orElse(NOTHING),
                controller.isPresent() ? null : 1,
                Role.OPEN,
                false);
    }

    private static List<Template> at(Manifest manifest, @Nullable Integer replicas, Role role, String... path) {
        return manifest.object()
                .at(path)
                .filter(template -> template.at("spec", "containers").isPresent())
                .map(template -> List.of(new Template(
                        manifest,
                        manifest.kind(),
                        manifest.name(),
                        template.at("metadata").orElse(NOTHING),
                        template.at("spec").orElse(NOTHING),
                        replicas,
                        role,
                        false)))
                .orElse(List.of());
    }

    /** Where the object holds a PodSpec and its own labels become those of the pods. */
    private static List<Template> podSpec(Manifest manifest, @Nullable Integer replicas, Role role, String... path) {
        return manifest.object()
                .at(path)
                .map(spec -> List.of(new Template(
                        manifest,
                        manifest.kind(),
                        manifest.name(),
                        manifest.object().at("metadata").orElse(NOTHING),
                        spec,
                        replicas,
                        role,
                        true)))
                .orElse(List.of());
    }

    private static List<Template> leaderWorkerSet(Manifest manifest) {
        int replicas = manifest.object().integer("spec", "replicas").orElse(1);
        List<Template> leader = at(manifest, replicas, Role.OPEN, "spec", "leaderWorkerTemplate", "leaderTemplate");
        List<Template> worker = at(
                manifest,
                replicas,
                leader.isEmpty() ? Role.OPEN : Role.WORKER,
                "spec",
                "leaderWorkerTemplate",
                "workerTemplate");
        return Stream.concat(leader.stream(), worker.stream()).toList();
    }

    /** A predictor is a PodSpec; with {@code model} instead of containers its arguments go to a runtime's container. */
    private static List<Template> inferenceService(Manifest manifest) {
        Value predictor = manifest.object().at("spec", "predictor").orElse(NOTHING);
        int replicas = Math.max(1, predictor.integer("minReplicas").orElse(1));
        Optional<Value> model = predictor.at("model");
        if (predictor.at("containers").isPresent()
                || !(predictor instanceof Value.Mapping mapping)
                || model.isEmpty()) {
            return podSpec(manifest, replicas, Role.OPEN, "spec", "predictor").stream()
                    .filter(template -> template.spec().at("containers").isPresent())
                    .toList();
        }
        Map<String, Value> spec = new LinkedHashMap<>(mapping.entries());
        spec.put(
                "containers",
                new Value.Sequence(List.of(model.get()), model.get().line()));
        boolean languageModel = model.get()
                .text("modelFormat", "name")
                .filter(format -> format.equals("huggingface") || format.contains("vllm"))
                .isPresent();
        return List.of(new Template(
                manifest,
                manifest.kind(),
                manifest.name(),
                manifest.object().at("metadata").orElse(NOTHING),
                new Value.Mapping(spec, mapping.line()),
                replicas,
                languageModel ? Role.SERVES : Role.OPEN,
                true));
    }

    private static List<Template> ray(Manifest manifest, String... cluster) {
        Value config = manifest.object().at(cluster).orElse(NOTHING);
        Stream<Value> groups =
                Stream.concat(config.at("headGroupSpec").stream(), config.items("workerGroupSpecs").stream());
        return groups.flatMap(group -> group.at("template").stream()
                        .filter(template -> template.at("spec", "containers").isPresent())
                        .map(template -> new Template(
                                manifest,
                                manifest.kind(),
                                manifest.name(),
                                template.at("metadata").orElse(NOTHING),
                                template.at("spec").orElse(NOTHING),
                                group.integer("replicas").orElse(1),
                                Role.OPEN,
                                true)))
                .toList();
    }
}
