package dev.lastcall.lint;

import dev.lastcall.serving.findings.Budget;
import dev.lastcall.serving.findings.Router;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What else is in the input: budgets, Services, pools and autoscalers that have to do with a pod template. */
final class Surroundings {
    /** Load balancers that send to pod addresses follow readiness by their own deregistration. */
    private static final Map<String, String> POD_TARGETS = Map.of(
            "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type", "ip",
            "service.beta.kubernetes.io/aws-load-balancer-type", "nlb-ip");

    private static final String NEG = "cloud.google.com/neg";

    private record Routing(Manifest manifest, Router router) {}

    private final Autoscalers autoscalers;
    private final Groups groups;
    private final Map<String, List<Manifest>> byName;
    private final Labelled<Manifest> budgets;
    private final List<Manifest> services;
    private final Labelled<Routing> routers;
    /** By namespace. */
    private final Map<String, Set<String>> linked = new HashMap<>();

    Surroundings(List<Manifest> all) {
        this.autoscalers = new Autoscalers(all);
        this.groups = new Groups(all, autoscalers);
        this.byName = all.stream().collect(Collectors.groupingBy(Manifest::name));
        this.budgets = new Labelled<>(
                of(all, "PodDisruptionBudget"), budget -> budget.object().strings("spec", "selector", "matchLabels"));
        this.services = of(all, "Service");
        Stream<Routing> own =
                services.stream().map(service -> new Routing(service, router(service, "spec", "selector")));
        Stream<Routing> pools = of(all, "InferencePool").stream()
                .map(pool -> new Routing(
                        pool,
                        pool.object().at("spec", "selector", "matchLabels").isPresent()
                                ? router(pool, "spec", "selector", "matchLabels")
                                : router(pool, "spec", "selector")));
        this.routers = new Labelled<>(
                Stream.concat(own, pools).toList(), routing -> routing.router().selector());
    }

    /** Whether what controls this object is in the input, too. */
    boolean madeHere(Manifest manifest) {
        return manifest.controller()
                .filter(owner -> byName.getOrDefault(owner.text("name").orElse(""), List.of()).stream()
                        .anyMatch(other -> other.sameNamespace(manifest)
                                && owner.text("kind")
                                        .filter(other.kind()::equals)
                                        .isPresent()))
                .isPresent();
    }

    /** {@link Autoscalers#least}. */
    Optional<Integer> leastReplicas(Manifest owner) {
        return autoscalers.least(owner);
    }

    List<Budget> budgets(Manifest owner, Map<String, String> labels) {
        return budgets.demanding(labels).stream()
                .filter(budget -> budget.sameNamespace(owner))
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
                                budget.object().strings("spec", "selector", "matchLabels"),
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
        Stream<Router> selecting = routers.demanding(labels).stream()
                .filter(routing -> routing.manifest().sameNamespace(template.owner()))
                .map(Routing::router)
                .filter(router -> !router.selector().isEmpty() && Selector.exactly(router.selector(), labels));
        return Stream.concat(own, selecting).toList();
    }

    /** Names of the Services whose address becomes a variable: those with a cluster address. */
    Set<String> linked(Manifest owner) {
        return linked.computeIfAbsent(owner.namespace(), _ -> names(owner));
    }

    private Set<String> names(Manifest owner) {
        return services.stream()
                .filter(service -> service.sameNamespace(owner))
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

    private static List<Manifest> of(List<Manifest> all, String kind) {
        return all.stream().filter(each -> each.kind().equals(kind)).toList();
    }
}
