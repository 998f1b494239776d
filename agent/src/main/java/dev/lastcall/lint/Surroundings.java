package dev.lastcall.lint;

import dev.lastcall.serving.findings.Budget;
import dev.lastcall.serving.findings.Router;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What else is in the input: budgets, Services, pools and autoscalers that have to do with a pod template. */
record Surroundings(List<Manifest> all, Groups groups) {
    /** Load balancers that send to pod addresses follow readiness by their own deregistration. */
    private static final Map<String, String> POD_TARGETS = Map.of(
            "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type", "ip",
            "service.beta.kubernetes.io/aws-load-balancer-type", "nlb-ip");

    private static final String NEG = "cloud.google.com/neg";

    List<Budget> budgets(Manifest owner, Map<String, String> labels) {
        return of(owner, "PodDisruptionBudget")
                .filter(budget -> budget.object()
                        .at("spec", "selector")
                        // policy/v1: no selector selects nothing, an empty one everything.
                        .filter(selector -> Selector.matches(selector, labels))
                        .isPresent())
                .map(budget -> new Budget(
                        budget.name(),
                        budget.object().text("spec", "minAvailable").orElse(null),
                        budget.object().text("spec", "maxUnavailable").orElse(null),
                        budget.object()
                                .text("spec", "unhealthyPodEvictionPolicy")
                                .filter("AlwaysAllow"::equals)
                                .isPresent(),
                        groups.size(
                                owner,
                                pod -> budget.object()
                                        .at("spec", "selector")
                                        .filter(selector -> Selector.matches(selector, pod))
                                        .isPresent())))
                .toList();
    }

    /** How many pods of all workloads here answer the same requests: those with the same model behind the same Service. */
    @Nullable
    Integer together(Template template, Optional<String> model, List<Router> routers, @Nullable Integer own) {
        List<Router> shared =
                routers.stream().filter(router -> !router.selector().isEmpty()).toList();
        return shared.isEmpty() || own == null
                ? own
                : shared.stream()
                        .map(router -> groups.sameModel(template.owner(), model, router.selector()))
                        .filter(Objects::nonNull)
                        .max(Integer::compare)
                        .filter(most -> most > own)
                        .orElse(own);
    }

    List<Router> routers(Template template, Map<String, String> labels) {
        Stream<Router> own = template.operated()
                ? Stream.of(new Router(
                        "Service",
                        "of " + template.kind() + " " + template.name(),
                        Map.of(),
                        false,
                        Router.Origin.OPERATOR,
                        null))
                : Stream.empty();
        Stream<Router> services = of(template.owner(), "Service").map(service -> router(service, "spec", "selector"));
        Stream<Router> pools = of(template.owner(), "InferencePool")
                .map(pool -> pool.object().at("spec", "selector", "matchLabels").isPresent()
                        ? router(pool, "spec", "selector", "matchLabels")
                        : router(pool, "spec", "selector"));
        return Stream.of(
                        own,
                        Stream.concat(services, pools)
                                .filter(router ->
                                        !router.selector().isEmpty() && Selector.exactly(router.selector(), labels)))
                .flatMap(each -> each)
                .toList();
    }

    /** Names of the Services whose address becomes a variable: those with a cluster address. */
    Set<String> linked(Manifest owner) {
        return of(owner, "Service")
                .filter(service -> !service.object()
                        .text("spec", "clusterIP")
                        .filter("None"::equals)
                        .isPresent())
                .filter(service -> !service.object()
                        .text("spec", "type")
                        .filter("ExternalName"::equals)
                        .isPresent())
                .map(Manifest::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The least replicas an autoscaler of this workload keeps, 0 if it takes all away; empty without one. */
    static Optional<Integer> leastReplicas(List<Manifest> all, Manifest owner) {
        Stream<Optional<Integer>> horizontal = of(all, owner, "HorizontalPodAutoscaler")
                .filter(scaler -> targets(scaler, owner))
                .map(scaler -> scaler.object().integer("spec", "minReplicas").or(() -> Optional.of(1)));
        Stream<Optional<Integer>> keda = of(all, owner, "ScaledObject")
                .filter(scaler -> targets(scaler, owner))
                .map(scaler ->
                        scaler.object().integer("spec", "minReplicaCount").or(() -> Optional.of(0)));
        return Stream.concat(horizontal, keda).flatMap(Optional::stream).findFirst();
    }

    private static boolean targets(Manifest scaler, Manifest owner) {
        Value target = scaler.object().at("spec", "scaleTargetRef").orElse(scaler.object());
        return target.text("name").filter(owner.name()::equals).isPresent()
                && target.text("kind")
                        .map(owner.kind()::equals)
                        .orElse(owner.kind().equals("Deployment"));
    }

    private static Router router(Manifest manifest, String... selector) {
        Value object = manifest.object();
        return new Router(
                manifest.kind(),
                manifest.name(),
                object.strings(selector),
                object.truth("spec", "publishNotReadyAddresses").orElse(false),
                slow(object));
    }

    private static @Nullable String slow(Value service) {
        Map<String, String> annotations = service.strings("metadata", "annotations");
        if (POD_TARGETS.entrySet().stream()
                .anyMatch(target -> target.getValue().equals(annotations.get(target.getKey())))) {
            return "a network load balancer that sends to pod addresses deregisters in tens of seconds";
        }
        return annotations.containsKey(NEG) ? "container-native load balancing deregisters in tens of seconds" : null;
    }

    private Stream<Manifest> of(Manifest near, String kind) {
        return of(all, near, kind);
    }

    private static Stream<Manifest> of(List<Manifest> all, Manifest near, String kind) {
        return all.stream().filter(each -> each.kind().equals(kind) && each.sameNamespace(near));
    }
}
