package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.chart.InstalledChart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.images.SavedImage;
import dev.lastcall.support.metadata.MetadataMock;
import dev.lastcall.support.node.RealNode;
import dev.lastcall.support.nvml.NvmlSim;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The chart on a real node, by Helm and with the values of a user, and what such a user can see of it. */
final class Installation implements AutoCloseable {

    static final String DRAIN = "lastcall.dev/drain";
    static final String REPORT = "lastcall.dev/last-report";
    static final String SIMULATE = "lastcall.dev/simulate";
    static final String GPU = "GPU-a0000000-0000-0000-0000-000000000000";

    /** For anything that needs a container to start on a loaded machine. */
    static final Duration LIMIT = Duration.ofSeconds(90);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RealNode node;
    private final InstalledChart chart;
    private final List<String> changed;
    private final int port;
    private final HttpClient http = HttpClient.newHttpClient();

    private Installation(RealNode node, InstalledChart chart, List<String> values, int port) {
        this.node = node;
        this.chart = chart;
        this.changed = new ArrayList<>(values);
        this.port = port;
    }

    /** Returns when Helm says that it is there. @param folder where the values are written */
    static Installation of(ControlPlane plane, RealNode node, SavedImage image, MetadataMock metadata, Path folder)
            throws Exception {
        int port = FreePort.find();
        Path file = Files.writeString(folder.resolve("values.yaml"), values(node, image, metadata, port));
        List<String> values = new ArrayList<>();
        if (image.name().endsWith("-jvm")) {
            values.addAll(List.of("-f", "daemonset/examples/jvm-image.yaml"));
        }
        values.addAll(List.of("-f", file.toString(), "--wait", "--timeout", "150s"));
        return new Installation(
                node, InstalledChart.install(plane, "trial", values.toArray(String[]::new)), values, port);
    }

    private static String values(RealNode node, SavedImage image, MetadataMock metadata, int port) throws Exception {
        Path nvml = Files.createDirectories(node.directory().resolve("nvml"));
        NvmlSim.in(nvml, """
                {"gpus": [{"geometry": "a100-40", "uuid": "%s", "mig": true, "instances": [
                  {"profile": "3g.20gb", "start": 4, "gi": 1, "uuid": "MIG-a0000000-0000-0000-0000-000000000001"}]}]}
                """.formatted(GPU));
        int colon = image.name().lastIndexOf(':');
        return """
                image: {repository: "%s", tag: "%s", pullPolicy: Never}
                http: {port: %d}
                config:
                  lastcall.gpu.library: /opt/nvml/libnvidia-ml.so.1
                  lastcall.gpu.scan-interval: 1s
                  lastcall.notice.provider: aws
                  lastcall.notice.aws.endpoint: "%s"
                extraVolumes:
                  - {name: nvml, hostPath: {path: "%s", type: Directory}}
                extraVolumeMounts:
                  - {name: nvml, mountPath: /opt/nvml, readOnly: true}
                """.formatted(
                image.name().substring(0, colon), image.name().substring(colon + 1), port, metadata.url(), nvml);
    }

    /** {@code helm upgrade} with these values changed as well, {@code KEY=VALUE}. @return the new pod, Ready */
    Pod upgrade(String... changes) {
        String before = uid(readyPod(""));
        Stream.of(changes).forEach(change -> changed.addAll(List.of("--set", change)));
        chart.upgrade(changed.toArray(String[]::new));
        return readyPod(before);
    }

    /** A documented line about the release {@code lastcall} in the namespace of that name, for this one. */
    ToolRun shell(String line) {
        String here = line.replace("-n lastcall ", "-n " + chart.namespace() + " ")
                .replace("daemonset/lastcall ", "daemonset/" + chart.name() + " ");
        return ToolRun.of(
                List.of("bash", "-euc", here),
                Map.of("KUBECONFIG", chart.kubeconfig().toString()));
    }

    /** {@code helm rollback} to the values before the last upgrade. @return the new pod, Ready */
    Pod rollback() {
        String before = uid(readyPod(""));
        chart.rollback("--wait", "--timeout", "150s");
        return readyPod(before);
    }

    InstalledChart chart() {
        return chart;
    }

    /** The DaemonSet's pod, once it is Ready and another than that one. */
    Pod readyPod(String otherThan) {
        return await("a ready pod of the DaemonSet")
                .atMost(LIMIT)
                .until(
                        () -> chart.podOn(node.name())
                                .filter(Installation::ready)
                                .filter(pod -> !uid(pod).equals(otherThan)),
                        Optional::isPresent)
                .orElseThrow();
    }

    static boolean ready(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True"));
    }

    static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    boolean cordoned() {
        return Boolean.TRUE.equals(node.object().getSpec().getUnschedulable());
    }

    /** The phase of the drain that stands on the Node; empty while there is none. */
    String phase() {
        return mark(DRAIN).map(drain -> drain.path("phase").asText()).orElse("");
    }

    /** An annotation of the Node that holds JSON. */
    Optional<JsonNode> mark(String key) {
        return Optional.ofNullable(node.object().getMetadata().getAnnotations().get(key))
                .map(text -> {
                    try {
                        return JSON.readTree(text);
                    } catch (IOException e) {
                        throw new IllegalStateException(key + " is no JSON: " + text, e);
                    }
                });
    }

    /** {@code kubectl annotate node}; a value of null takes the annotation off. */
    void annotate(String key, @Nullable String value) {
        String json = value == null ? "null" : '"' + value + '"';
        node.client()
                .nodes()
                .withName(node.name())
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"annotations\":{\"" + key + "\":" + json + "}}}");
    }

    /** A request of so many tokens, in flight in the engine when this returns. */
    CompletableFuture<HttpResponse<String>> ask(Pod engine, int tokens) {
        String address = "http://" + engine.getStatus().getPodIP() + ":8000";
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(
                HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"max_tokens\": " + tokens + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        await("the request is in flight")
                .atMost(LIMIT)
                .until(() -> lines(address)
                        .anyMatch(line -> line.startsWith("vllm:num_requests_running{") && line.endsWith(" 1.0")));
        return answer;
    }

    /** The agent's own series. */
    List<String> series() throws IOException, InterruptedException {
        return lines("http://127.0.0.1:" + port)
                .filter(line -> line.startsWith("lastcall_"))
                .toList();
    }

    private Stream<String> lines(String address) throws IOException, InterruptedException {
        HttpRequest get = HttpRequest.newBuilder(URI.create(address + "/metrics"))
                .timeout(Duration.ofSeconds(20))
                .build();
        return http.send(get, HttpResponse.BodyHandlers.ofString()).body().lines();
    }

    /** For a failed claim: all Events, which an agent that is gone has left, too; every pod's state, the agent's words, the Node's annotations, the node's programs. */
    static String whatHappened(RealNode node) {
        StringBuilder text = new StringBuilder();
        for (Event event : node.client().v1().events().inAnyNamespace().list().getItems()) {
            text.append(event.getMetadata().getCreationTimestamp())
                    .append(' ')
                    .append(event.getInvolvedObject().getName())
                    .append(' ')
                    .append(event.getReason())
                    .append(": ")
                    .append(event.getMessage())
                    .append('\n');
        }
        for (Pod pod : node.client().pods().inAnyNamespace().list().getItems()) {
            String name = pod.getMetadata().getName();
            text.append(name).append(": ").append(pod.getStatus()).append('\n');
            try {
                text.append(node.podLog(pod.getMetadata().getNamespace(), name, "agent"));
            } catch (IOException | RuntimeException e) {
                text.append(e).append('\n');
            }
        }
        node.object()
                .getMetadata()
                .getAnnotations()
                .forEach((key, value) ->
                        text.append(key).append(" = ").append(value).append('\n'));
        return text.append(node.logTails()).toString();
    }

    @Override
    public void close() {
        http.shutdownNow();
        chart.close();
    }
}
