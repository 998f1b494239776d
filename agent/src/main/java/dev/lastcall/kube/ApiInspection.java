package dev.lastcall.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PodView;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Single questions to the API server, for a command that looks once and ends. Nothing is stored: the only POST is a
 * SelfSubjectAccessReview, which asks what this client may do.
 */
public final class ApiInspection implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KubernetesClient client;
    private final ApiServer api;

    private ApiInspection(KubernetesClient client) {
        this.client = client;
        this.api = new ApiServer(client);
    }

    /**
     * The API server that the agent would use: the service account, else {@code KUBECONFIG}.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException where what describes it can't be read
     */
    public static ApiInspection open(String version) {
        Config config = Config.autoConfigure(null);
        new ClientPolicy(version).customize(config);
        return new ApiInspection(
                new KubernetesClientBuilder().withConfig(config).build());
    }

    /** Base URL. */
    public String url() {
        return client.getMasterUrl().toString().replaceFirst("/$", "");
    }

    /** The API server's version. */
    public Asked<String> version() {
        return asked(
                api.get("/version", TIMEOUT), json -> json.path("gitVersion").asText("of unknown version"));
    }

    /** Whether this client may do that; a Role that names objects counts for the one that is named here. */
    public Asked<Boolean> may(Access access) {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("group", access.group());
        attributes.put("resource", access.resource());
        attributes.put("subresource", access.subresource());
        attributes.put("verb", access.verb());
        attributes.put("name", access.name());
        attributes.values().removeIf(String::isEmpty);
        Map<String, Object> review = Map.of(
                "apiVersion", "authorization.k8s.io/v1",
                "kind", "SelfSubjectAccessReview",
                "spec", Map.of("resourceAttributes", attributes));
        try {
            return asked(
                    api.send(
                            "POST",
                            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                            ApiServer.JSON,
                            JSON.writeValueAsString(review),
                            TIMEOUT),
                    json -> json.at("/status/allowed").asBoolean(false));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public Asked<NodeView> node(NodeName name) {
        return asked(api.get("/api/v1/nodes/" + ApiServer.escape(name.value()), TIMEOUT), NodeViews::of);
    }

    /** The pods of a node; empty for one that can't be read. */
    public Asked<List<Optional<PodView>>> pods(NodeName node) {
        return asked(
                api.get("/api/v1/pods?resourceVersion=0&fieldSelector=" + ofNode("spec.nodeName", node), TIMEOUT),
                json -> {
                    List<Optional<PodView>> pods = new ArrayList<>();
                    json.path("items").forEach(pod -> pods.add(view(pod)));
                    return List.copyOf(pods);
                });
    }

    private static Optional<PodView> view(JsonNode pod) {
        try {
            return Optional.of(PodViews.of(pod));
        } catch (RuntimeException odd) {
            return Optional.empty();
        }
    }

    /** Whether the watch of the own Node opens; the value is what it watches. */
    public Asked<String> watchNode(NodeName node) throws InterruptedException {
        return watch(
                "nodes", "/api/v1/nodes?watch=true&timeoutSeconds=1&fieldSelector=" + ofNode("metadata.name", node));
    }

    /** Whether the watch of the own pods opens; the value is what it watches. */
    public Asked<String> watchPods(NodeName node) throws InterruptedException {
        return watch("pods", "/api/v1/pods?watch=true&timeoutSeconds=1&fieldSelector=" + ofNode("spec.nodeName", node));
    }

    private static String ofNode(String field, NodeName node) {
        return ApiServer.escape(field + "=" + node.value());
    }

    private Asked<String> watch(String what, String path) throws InterruptedException {
        try (LineStream opened = api.stream(path, TIMEOUT)) {
            return new Asked.Got<>(what);
        } catch (StreamBroken broken) {
            return new Asked.Refused<>(broken.status(), String.valueOf(broken.getMessage()));
        }
    }

    /** The budgets that count this pod. */
    public Asked<List<Budget>> budgets(PodView pod) {
        return asked(
                api.get(
                        "/apis/policy/v1/namespaces/"
                                + ApiServer.escape(pod.ref().namespace()) + "/poddisruptionbudgets?resourceVersion=0",
                        TIMEOUT),
                json -> {
                    List<Budget> found = new ArrayList<>();
                    for (JsonNode budget : json.path("items")) {
                        if (Selectors.selects(budget.at("/spec/selector"), pod.labels())) {
                            JsonNode status = budget.path("status");
                            found.add(new Budget(
                                    budget.at("/metadata/name").asText(),
                                    status.path("disruptionsAllowed").asInt(),
                                    status.path("currentHealthy").asInt(),
                                    status.path("desiredHealthy").asInt(),
                                    status.path("expectedPods").asInt()));
                        }
                    }
                    return List.copyOf(found);
                });
    }

    private static <T> Asked<T> asked(ApiAnswer answer, Function<JsonNode, T> reading) {
        return answer.successful()
                ? new Asked.Got<>(reading.apply(answer.json()))
                : new Asked.Refused<>(answer.status(), answer.reason());
    }

    @Override
    public void close() {
        client.close();
    }
}
