package dev.lastcall.support.scrape;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real Prometheus that scrapes what a configuration finds at the API server. Distributions build it without the discovery of
 * Kubernetes, so that part, Prometheus' own code, runs beside it and hands over targets with all their meta labels; every
 * relabeling is done here, as it was written.
 */
public final class DiscoveringPrometheus implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<ChildProcess> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;

    private DiscoveringPrometheus(List<String> source, Path kubeconfig, Path folder) throws IOException {
        String address = "127.0.0.1:" + FreePort.find();
        this.base = "http://" + address;
        List<String> discovery = new ArrayList<>(List.of(ScrapeProgram.path().toString()));
        discovery.addAll(source);
        discovery.addAll(List.of("-kubeconfig", kubeconfig.toString(), "-out", folder.toString()));
        Path configuration = folder.resolve("prometheus.yml");
        try {
            start("scrape", discovery, folder);
            await("the configuration").atMost(LIMIT).until(() -> alive() && Files.exists(configuration));
            start(
                    "prometheus",
                    List.of(
                            "prometheus",
                            "--config.file=" + configuration,
                            "--storage.tsdb.path=" + folder.resolve("data"),
                            "--web.listen-address=" + address),
                    folder);
            await("Prometheus is ready")
                    .atMost(LIMIT)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> alive() && get("/-/ready").statusCode() == 200);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Scrapes as the Prometheus operator would have it.
     *
     * @param objects YAML with PodMonitors and ServiceMonitors of one namespace
     * @param folder an empty one
     */
    public static DiscoveringPrometheus ofMonitors(String objects, Path kubeconfig, Path folder) throws IOException {
        Path file = Files.writeString(Files.createDirectories(folder).resolve("objects.yaml"), objects);
        return new DiscoveringPrometheus(
                List.of("-objects", file.toString(), "-prometheus", ScrapeProgram.installedPrometheus()),
                kubeconfig,
                folder);
    }

    /** Scrapes as a person wrote it. @param folder an empty one */
    public static DiscoveringPrometheus ofConfiguration(String text, Path kubeconfig, Path folder) throws IOException {
        Path file = Files.writeString(Files.createDirectories(folder).resolve("written.yml"), text);
        return new DiscoveringPrometheus(List.of("-config", file.toString()), kubeconfig, folder);
    }

    /** The labels of each series that the expression has at this moment. */
    public List<Map<String, String>> labels(String expression) throws IOException, InterruptedException {
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

    /** What a failed claim has to show: the targets that were found and dropped, and the logs. */
    public String story() {
        StringBuilder text = new StringBuilder();
        try {
            text.append(get("/api/v1/targets").body()).append('\n');
        } catch (IOException | InterruptedException e) {
            text.append(e).append('\n');
        }
        processes.forEach(process -> text.append(process.tail(20)).append('\n'));
        return text.toString();
    }

    private void start(String name, List<String> command, Path folder) throws IOException {
        processes.add(ChildProcess.start(name, command, Map.of(), folder.resolve(name + ".log")));
    }

    private boolean alive() {
        for (ChildProcess process : processes) {
            if (!process.alive()) {
                throw new IllegalStateException(process.tail(20));
            }
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
        processes.reversed().forEach(ChildProcess::close);
        http.shutdownNow();
    }
}
