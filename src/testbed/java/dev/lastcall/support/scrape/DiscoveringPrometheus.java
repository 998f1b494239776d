package dev.lastcall.support.scrape;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A real Prometheus that scrapes the pods which a configuration finds at the API server. Only {@code kubernetes_sd_configs} is
 * exchanged, for files with the same targets and meta labels ({@link PodTargets}), written anew before each question; every
 * relabeling is done by Prometheus, as it was written.
 */
public final class DiscoveringPrometheus implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    /** @param namespaces empty = all */
    private record Discovery(String role, List<String> namespaces) {}

    private final KubernetesClient cluster;
    private final Map<Path, Discovery> jobs = new LinkedHashMap<>();
    private final ChildProcess process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;

    private DiscoveringPrometheus(String configuration, KubernetesClient cluster, Path folder) throws IOException {
        this.cluster = cluster;
        JsonNode root = YAML.readTree(configuration);
        for (JsonNode job : root.path("scrape_configs")) {
            JsonNode discovery =
                    ((ObjectNode) job).remove("kubernetes_sd_configs").path(0);
            String role = discovery.path("role").asText();
            if (!List.of("pod", "endpoints").contains(role)) {
                throw new IllegalArgumentException("only pods and endpoints are discovered here, not " + discovery);
            }
            Path file = folder.resolve("targets-" + jobs.size() + ".json").toAbsolutePath();
            List<String> names = new ArrayList<>();
            discovery.at("/namespaces/names").forEach(name -> names.add(name.asText()));
            jobs.put(file, new Discovery(role, names));
            ((ObjectNode) job)
                    .putArray("file_sd_configs")
                    .addObject()
                    .put("refresh_interval", "1s")
                    .putArray("files")
                    .add(file.toString());
        }
        discover();
        Path written = Files.writeString(folder.resolve("prometheus.yml"), YAML.writeValueAsString(root));
        String address = "127.0.0.1:" + FreePort.find();
        this.base = "http://" + address;
        this.process = ChildProcess.start(
                "prometheus",
                List.of(
                        "prometheus",
                        "--config.file=" + written,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=" + address),
                Map.of(),
                folder.resolve("prometheus.log"));
        try {
            await("Prometheus is ready")
                    .atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> alive() && get("/-/ready").statusCode() == 200);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Scrapes as the Prometheus operator would have it.
     *
     * @param objects YAML with PodMonitors of one namespace
     * @param folder an empty one
     */
    public static DiscoveringPrometheus ofMonitors(String objects, KubernetesClient cluster, Path folder)
            throws IOException {
        ToolRun operator =
                ScrapeProgram.judge(objects, ScrapeProgram.installedPrometheus(), Files.createDirectories(folder));
        if (!operator.successful()) {
            throw new IllegalStateException(operator.err());
        }
        // What the operator's reloader fills in beside the first of its pods.
        String filledIn =
                operator.out().replace("$(POD_NAME)", "prometheus-test-0").replace("$(SHARD)", "0");
        return new DiscoveringPrometheus(filledIn, cluster, folder);
    }

    /** Scrapes as a person wrote it. @param folder an empty one */
    public static DiscoveringPrometheus ofConfiguration(String text, KubernetesClient cluster, Path folder)
            throws IOException {
        return new DiscoveringPrometheus(text, cluster, Files.createDirectories(folder));
    }

    /** The labels of each series that the expression has at this moment. */
    public List<Map<String, String>> labels(String expression) throws IOException, InterruptedException {
        discover();
        JsonNode answer =
                JSON.readTree(get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                        .body());
        if (!answer.path("status").asText().equals("success")) {
            throw new IllegalStateException(expression + ": " + answer);
        }
        List<Map<String, String>> series = new ArrayList<>();
        for (JsonNode result : answer.at("/data/result")) {
            Map<String, String> labels = new java.util.TreeMap<>();
            result.path("metric")
                    .fields()
                    .forEachRemaining(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            series.add(labels);
        }
        return series;
    }

    /** What a failed claim has to show: the targets that were found and dropped, and the log. */
    public String story() {
        try {
            return get("/api/v1/targets").body() + "\n" + process.tail(20);
        } catch (IOException e) {
            return e + "\n" + process.tail(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return process.tail(20);
        }
    }

    private void discover() throws IOException {
        for (Map.Entry<Path, Discovery> job : jobs.entrySet()) {
            Path next = job.getKey().resolveSibling("targets.next");
            Files.writeString(
                    next, JSON.writeValueAsString(targets(job.getValue()).toList()));
            Files.move(next, job.getKey(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Stream<PodTargets.Target> targets(Discovery job) {
        if (job.role().equals("endpoints")) {
            return in(job, cluster.services())
                    .flatMap(service -> EndpointTargets.of(
                            service,
                            cluster.pods()
                                    .inNamespace(service.getMetadata().getNamespace())
                                    .list()
                                    .getItems()));
        }
        return in(job, cluster.pods()).flatMap(PodTargets::of);
    }

    private static <T extends HasMetadata, L extends KubernetesResourceList<T>, R extends Resource<T>> Stream<T> in(
            Discovery job, MixedOperation<T, L, R> kind) {
        return job.namespaces().isEmpty()
                ? kind.inAnyNamespace().list().getItems().stream()
                : job.namespaces().stream().flatMap(name -> kind.inNamespace(name).list().getItems().stream());
    }

    private boolean alive() {
        if (!process.alive()) {
            throw new IllegalStateException(process.tail(20));
        }
        return true;
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(base + path))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        process.close();
        http.shutdownNow();
    }
}
