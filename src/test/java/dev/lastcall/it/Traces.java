package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.RecordedRequest;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Event;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What an agent left behind for others to see: Events, patches, requests in the audit log, series. */
final class Traces {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Traces() {}

    /** Events of the agent about the scenario's Node. */
    static List<Event> onNode(Scenario node, String reason) {
        return of(
                node.client()
                        .v1()
                        .events()
                        .inNamespace("default")
                        .withField("involvedObject.name", node.kubelet().nodeName()),
                reason);
    }

    /** Events of the agent about pods of the scenario's namespace. */
    static List<Event> onPods(Scenario node, String reason) {
        return of(node.client().v1().events().inNamespace(node.namespace()), reason);
    }

    private static List<Event> of(
            io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable<
                            Event,
                            io.fabric8.kubernetes.api.model.EventList,
                            io.fabric8.kubernetes.client.dsl.Resource<Event>>
                    events,
            String reason) {
        return events.list().getItems().stream()
                .filter(event -> reason.equals(event.getReason()))
                .toList();
    }

    /** How often it was said, repetitions that were folded into one Event included. */
    static int said(List<Event> events) {
        return events.stream()
                .mapToInt(event -> event.getCount() == null ? 1 : event.getCount())
                .sum();
    }

    /** Waits until the agent has made its warm-up cordon (a dry run), so that a fault meets the real one. */
    static void awaitWarmUpCordon(AgentProcess agent) {
        await("the warm-up cordon")
                .atMost(Duration.ofSeconds(20))
                .until(() -> agent.lines().stream().anyMatch(line -> line.contains("the warm-up cordon succeeded")));
    }

    static boolean isWarmUpCordon(RecordedRequest request) {
        return request.query().contains("dryRun=All");
    }

    /** What was asked of the Node, warm-up cordons aside. */
    static List<RecordedRequest> nodeWrites(ApiProxy proxy, Scenario node) {
        return proxy.requests("PATCH", "/api/v1/nodes/" + node.kubelet().nodeName()).stream()
                .filter(request -> !isWarmUpCordon(request))
                .toList();
    }

    /** Bodies of the Node patches that went through. */
    static List<JsonNode> nodePatches(ApiProxy proxy, Scenario node) {
        return nodeWrites(proxy, node).stream()
                .filter(request -> request.status() == 200)
                .map(Traces::body)
                .toList();
    }

    static JsonNode body(RecordedRequest request) {
        try {
            return JSON.readTree(request.body());
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(request.body(), broken);
        }
    }

    /** Evictions of this pod that the agent asked for, in order. */
    static List<AuditEvent> evictions(Scenario node, long mark, String pod) {
        return aboutPod(node, mark, pod)
                .filter(event ->
                        event.verb().equals("create") && event.subresource().equals("eviction"))
                .toList();
    }

    /** Deletions of this pod that the agent asked for, in order. */
    static List<AuditEvent> deletions(Scenario node, long mark, String pod) {
        return aboutPod(node, mark, pod)
                .filter(event -> event.verb().equals("delete"))
                .toList();
    }

    private static Stream<AuditEvent> aboutPod(Scenario node, long mark, String pod) {
        return node.plane().auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                .filter(event -> event.resource().equals("pods")
                        && event.namespace().equals(node.namespace())
                        && event.name().equals(pod));
    }

    /** D − S − use, but never before half of the notice's time (the contract's formula, from the report's facts). */
    static Instant forcePoint(JsonNode report, Duration margin, Duration use) {
        Instant deadline = Instant.parse(report.path("deadline").asText());
        Instant noticed = Instant.parse(report.path("noticedAt").asText());
        Instant half = noticed.plus(Duration.between(noticed, deadline).dividedBy(2));
        Instant point = deadline.minus(margin).minus(use);
        return point.isBefore(half) ? half : point;
    }

    /** The sum over a family's series; empty where it has none. */
    static Optional<Double> series(AgentProcess agent, String family) throws IOException, InterruptedException {
        return agent.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(family + "{") || line.startsWith(family + " "))
                .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(Double::sum);
    }
}
