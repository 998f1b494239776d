package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.PodMarks;
import dev.lastcall.drain.PodView;
import dev.lastcall.kube.SharedLists.NotRead;
import dev.lastcall.serving.Withdrawals;
import dev.lastcall.serving.rotation.Endpoint;
import dev.lastcall.serving.rotation.Neighbours;
import dev.lastcall.serving.rotation.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Services, budgets and the pods beside a doomed one, each by one LIST out of the API server's cache ({@code resourceVersion} is
 * given, so etcd is not asked). Pods that ask in the same second share what does not depend on their marks.
 */
@Singleton
public final class KubeNeighbours implements Neighbours {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    /** Its own release first, then the one before it became stable. */
    private static final List<String> POOLS =
            List.of("/apis/inference.networking.k8s.io/v1", "/apis/inference.networking.x-k8s.io/v1alpha2");

    /** As often as a kept pod asks again. Pods are not shared: each has to see its own mark, and those written before it. */
    private static final Duration SHARED_FOR = Duration.ofSeconds(1);

    private final ApiServer api;
    private final SharedLists shared;

    /** For a program with a client of its own. */
    public KubeNeighbours(KubernetesClient client, InstantSource clock) {
        this(new ApiServer(client), clock);
    }

    @Inject
    KubeNeighbours(ApiServer api, InstantSource clock) {
        this.api = api;
        this.shared = new SharedLists(clock, SHARED_FOR);
    }

    @Override
    public Sight of(PodView pod, String notOlderThan) {
        try {
            OptionalInt budget = budget(pod);
            List<Service> services = new ArrayList<>();
            for (JsonNode service : standing("/api/v1", pod, "services").path("items")) {
                JsonNode selector = service.at("/spec/selector");
                if (Selectors.matches(selector, pod.labels())) {
                    services.add(service("Service", service, selector, pod, notOlderThan, budget));
                }
            }
            if (services.isEmpty()) {
                services.addAll(pools(pod, notOlderThan, budget));
            }
            // A detached pod has no controller any more, and serves on beside the others of the one it had.
            if (services.isEmpty() && (pod.controller() != null || PodMarks.detached(pod))) {
                services.add(siblings(pod, notOlderThan, budget));
            }
            return new Sight.Seen(List.copyOf(services));
        } catch (NotRead problem) {
            return problem.refused() ? new Sight.Refused(problem.reason()) : new Sight.Unclear(problem.reason());
        }
    }

    @Override
    public List<String> stillRouted(PodView pod) {
        List<String> found = new ArrayList<>();
        try {
            JsonNode slices = list("/apis/discovery.k8s.io/v1", pod, "endpointslices", "");
            for (JsonNode slice : slices.path("items")) {
                for (JsonNode endpoint : slice.path("endpoints")) {
                    // An absent condition means ready (API reference of EndpointConditions).
                    if (endpoint.at("/targetRef/uid")
                                    .asText("")
                                    .equals(pod.ref().uid())
                            && endpoint.at("/conditions/ready").asBoolean(true)) {
                        found.add(
                                "Service %s/%s still routes to %s (EndpointSlice %s): its selector lacks %s, or it publishes addresses that are not ready"
                                        .formatted(
                                                pod.ref().namespace(),
                                                slice.at("/metadata/labels/kubernetes.io~1service-name")
                                                        .asText("?"),
                                                pod.ref(),
                                                slice.at("/metadata/name").asText(),
                                                Withdrawals.ROTATION));
                    }
                }
            }
        } catch (NotRead nothing) {
            return List.of();
        }
        return List.copyOf(found);
    }

    /** The strictest one that selects the pod. */
    private OptionalInt budget(PodView pod) throws NotRead {
        return StreamSupport.stream(
                        standing("/apis/policy/v1", pod, "poddisruptionbudgets")
                                .path("items")
                                .spliterator(),
                        false)
                .filter(budget -> Selectors.selects(budget.at("/spec/selector"), pod.labels()))
                .mapToInt(budget -> budget.at("/status/desiredHealthy").asInt(1))
                .max();
    }

    /** Asked only where no Service selects the pod: a cluster without the extension answers 404. */
    private List<Service> pools(PodView pod, String notOlderThan, OptionalInt budget) throws NotRead {
        List<Service> found = new ArrayList<>();
        for (String version : POOLS) {
            for (JsonNode pool : standing(version, pod, "inferencepools").path("items")) {
                JsonNode given = pool.at("/spec/selector");
                JsonNode selector = given.has("matchLabels") ? given.path("matchLabels") : given;
                if (Selectors.matches(selector, pod.labels())) {
                    found.add(service("InferencePool", pool, selector, pod, notOlderThan, budget));
                }
            }
            if (!found.isEmpty()) {
                return found;
            }
        }
        return found;
    }

    private Service service(
            String kind, JsonNode object, JsonNode selector, PodView pod, String notOlderThan, OptionalInt budget)
            throws NotRead {
        // Without the rotation label, so that pods which have been withdrawn count among those there were before.
        String labels = Selectors.text(selector, Withdrawals.ROTATION);
        List<Endpoint> endpoints = new ArrayList<>();
        pods(pod, labels, notOlderThan).forEach(each -> endpoints.add(endpoint(each)));
        return new Service(
                "%s %s/%s"
                        .formatted(
                                kind,
                                pod.ref().namespace(),
                                object.at("/metadata/name").asText()),
                List.copyOf(endpoints),
                budget);
    }

    private Service siblings(PodView pod, String notOlderThan, OptionalInt budget) throws NotRead {
        String hash = pod.labels().get(Withdrawals.REPLICA_LABEL);
        List<JsonNode> seen = new ArrayList<>();
        if (hash == null) {
            pods(pod, "", notOlderThan).forEach(seen::add);
        } else {
            // In this order: one that is detached between the two lists is in both, not in neither.
            pods(pod, Withdrawals.REPLICA_LABEL + "=" + hash, notOlderThan).forEach(seen::add);
            pods(pod, "!" + Withdrawals.REPLICA_LABEL, notOlderThan).forEach(seen::add);
        }
        Siblings siblings = Siblings.of(pod, seen);
        return new Service(siblings.name(), siblings.endpoints(), budget);
    }

    private JsonNode pods(PodView pod, String labels, String notOlderThan) throws NotRead {
        String query = labels.isEmpty() ? "" : "&labelSelector=" + ApiServer.escape(labels);
        return list(
                        "/api/v1",
                        pod,
                        "pods",
                        query
                                + (notOlderThan.isEmpty()
                                        ? ""
                                        : "&resourceVersionMatch=NotOlderThan&resourceVersion="
                                                + ApiServer.escape(notOlderThan)))
                .path("items");
    }

    private JsonNode standing(String version, PodView pod, String kind) throws NotRead {
        return shared.get(version + " " + kind + " " + pod.ref().namespace(), () -> list(version, pod, kind, ""));
    }

    /** A kind that the cluster does not have is an empty list. */
    private JsonNode list(String version, PodView pod, String kind, String query) throws NotRead {
        String cached = query.contains("resourceVersion=") ? "" : "&resourceVersion=0";
        ApiAnswer answer = api.get(
                version + "/namespaces/" + ApiServer.escape(pod.ref().namespace()) + "/" + kind + "?"
                        + (query + cached).substring(1),
                TIMEOUT);
        if (answer.successful() || answer.status() == 404) {
            return answer.json();
        }
        throw new NotRead(kind + ": HTTP " + answer.status() + ", " + answer.reason(), answer.status() == 403);
    }

    static Endpoint endpoint(JsonNode pod) {
        boolean ready = false;
        boolean gateOpen = true;
        for (JsonNode condition : pod.at("/status/conditions")) {
            boolean isTrue = condition.path("status").asText().equals("True");
            switch (condition.path("type").asText()) {
                case "Ready" -> ready = isTrue;
                case Withdrawals.GATE -> gateOpen = isTrue;
                default -> {
                    // Other conditions say nothing about routers.
                }
            }
        }
        JsonNode annotations = pod.at("/metadata/annotations");
        boolean in = gateOpen
                && !pod.at("/metadata/labels")
                        .path(Withdrawals.ROTATION)
                        .asText()
                        .equals("out")
                && !annotations.path(Withdrawals.AIBRIX).asText().equals("true");
        return new Endpoint(
                pod.at("/metadata/uid").asText(),
                ready && pod.at("/metadata/deletionTimestamp").isMissingNode(),
                in,
                instant(annotations.path(Withdrawals.DEADLINE).asText("")),
                annotations.has(Withdrawals.KEPT));
    }

    /** A pod that carries the mark with a time that is none is doomed all the same; its node goes first. */
    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeParseException unreadable) {
            return Instant.EPOCH;
        }
    }
}
