package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.PodView;
import dev.lastcall.serving.replacement.PodDemand;
import dev.lastcall.serving.replacement.Quota;
import dev.lastcall.serving.replacement.QuotaRule;
import dev.lastcall.serving.replacement.Replacement;
import io.fabric8.kubernetes.api.model.Quantity;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The quotas of the pod's namespace by one LIST out of the API server's cache, and the pod itself only where there are some. */
@Singleton
public final class KubeReplacement implements Replacement {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** Of these a quota can limit the limits as well; of all else it limits the requests. */
    private static final Set<String> WITH_LIMITS = Set.of("cpu", "memory", "ephemeral-storage");

    private final ApiServer api;

    @Inject
    KubeReplacement(ApiServer api) {
        this.api = api;
    }

    @Override
    public Optional<String> refusal(PodView pod) {
        String namespace = "/api/v1/namespaces/" + ApiServer.escape(pod.ref().namespace());
        ApiAnswer answer = api.get(namespace + "/resourcequotas?resourceVersion=0", TIMEOUT);
        if (!answer.successful() || answer.json().path("items").isEmpty()) {
            return Optional.empty();
        }
        ApiAnswer itself =
                api.get(namespace + "/pods/" + ApiServer.escape(pod.ref().name()) + "?resourceVersion=0", TIMEOUT);
        if (!itself.successful()) {
            return Optional.empty();
        }
        List<Quota> quotas = new ArrayList<>();
        answer.json().path("items").forEach(each -> quotas.add(quota(each)));
        return QuotaRule.refusal(demand(itself.json()), quotas);
    }

    static Quota quota(JsonNode object) {
        List<Quota.Scope> scopes = new ArrayList<>();
        object.at("/spec/scopes").forEach(each -> scopes.add(new Quota.Scope(each.asText(), "Exists", List.of())));
        for (JsonNode each : object.at("/spec/scopeSelector/matchExpressions")) {
            List<String> values = new ArrayList<>();
            each.path("values").forEach(value -> values.add(value.asText()));
            scopes.add(new Quota.Scope(
                    each.path("scopeName").asText(), each.path("operator").asText(), List.copyOf(values)));
        }
        return new Quota(
                object.at("/metadata/namespace").asText() + "/"
                        + object.at("/metadata/name").asText(),
                amounts(object.at("/status/hard")),
                amounts(object.at("/status/used")),
                List.copyOf(scopes));
    }

    static PodDemand demand(JsonNode pod) {
        JsonNode spec = pod.path("spec");
        Map<String, BigDecimal> requests = effective(spec, "requests");
        Map<String, BigDecimal> limits = effective(spec, "limits");
        Map<String, BigDecimal> demand = new HashMap<>();
        demand.put("pods", BigDecimal.ONE);
        demand.put("count/pods", BigDecimal.ONE);
        requests.forEach((name, amount) -> {
            demand.put("requests." + name, amount);
            if (WITH_LIMITS.contains(name)) {
                demand.put(name, amount);
            }
        });
        limits.forEach((name, amount) -> demand.put("limits." + name, amount));
        return new PodDemand(
                Map.copyOf(demand),
                pod.at("/status/qosClass").asText().equals("BestEffort"),
                spec.has("activeDeadlineSeconds"),
                spec.path("priorityClassName").asText(""));
    }

    /**
     * What the scheduler and the quota count (Kubernetes documentation, "Sidecar Containers"): the containers and the sidecars together, or
     * an init container with the sidecars started before it, whichever is more; and the overhead of the runtime class.
     */
    private static Map<String, BigDecimal> effective(JsonNode spec, String which) {
        Map<String, BigDecimal> together = new HashMap<>();
        spec.path("containers").forEach(each -> add(together, resources(each, which)));
        Map<String, BigDecimal> sidecars = new HashMap<>();
        Map<String, BigDecimal> most = new HashMap<>();
        for (JsonNode each : spec.path("initContainers")) {
            Map<String, BigDecimal> own = new HashMap<>(resources(each, which));
            if (each.path("restartPolicy").asText().equals("Always")) {
                add(sidecars, own);
            } else {
                add(own, sidecars);
                own.forEach((name, amount) -> most.merge(name, amount, BigDecimal::max));
            }
        }
        add(together, sidecars);
        most.forEach((name, amount) -> together.merge(name, amount, BigDecimal::max));
        add(together, amounts(spec.path("overhead")));
        return together;
    }

    private static Map<String, BigDecimal> resources(JsonNode container, String which) {
        return amounts(container.path("resources").path(which));
    }

    private static void add(Map<String, BigDecimal> sum, Map<String, BigDecimal> more) {
        more.forEach((name, amount) -> sum.merge(name, amount, BigDecimal::add));
    }

    /** An amount that is none is left out: it refuses nothing. */
    private static Map<String, BigDecimal> amounts(JsonNode object) {
        Map<String, BigDecimal> amounts = new HashMap<>();
        object.properties().forEach(each -> {
            try {
                amounts.put(
                        each.getKey(), Quantity.parse(each.getValue().asText()).getNumericalAmount());
            } catch (IllegalArgumentException noAmount) {
                // The API server has refused such an object long before.
            }
        });
        return amounts;
    }
}
