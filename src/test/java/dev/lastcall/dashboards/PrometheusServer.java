package dev.lastcall.dashboards;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A real Prometheus that scrapes one agent every half second and evaluates our rules as often. */
final class PrometheusServer implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ChildProcess process;
    private final String base;
    private final Instant begun = Instant.now();
    private final HttpClient http = HttpClient.newHttpClient();

    private PrometheusServer(ChildProcess process, String base) {
        this.process = process;
        this.base = base;
    }

    static PrometheusServer scraping(int agentPort, Path directory) throws IOException {
        Path config = directory.resolve("prometheus.yml");
        Files.writeString(config, """
                global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: lastcall
                    static_configs: [{targets: ["127.0.0.1:%d"], labels: {node: n1}}]
                """.formatted(
                        Path.of("dashboards/rules/lastcall.rules.yaml").toAbsolutePath(), agentPort));
        String address = "127.0.0.1:" + FreePort.find();
        ChildProcess process = ChildProcess.start(
                "prometheus",
                List.of(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=" + address),
                Map.of(),
                directory.resolve("prometheus.log"));
        PrometheusServer server = new PrometheusServer(process, "http://" + address);
        await("Prometheus is ready").atMost(Duration.ofSeconds(60)).until(server::ready);
        return server;
    }

    /** The series that the expression has had since the start, as a panel over that time would show them. */
    JsonNode seriesOf(String expression) {
        Instant now = Instant.now();
        return ask("/api/v1/query_range?step=1s&start=%s&end=%s&query=%s"
                .formatted(begun, now, URLEncoder.encode(expression, StandardCharsets.UTF_8)));
    }

    /** Alerts that are pending or firing at this moment. */
    JsonNode rules() {
        return ask("/api/v1/rules");
    }

    private JsonNode ask(String path) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(base + path))
                            .timeout(Duration.ofSeconds(30))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            JsonNode json = JSON.readTree(answer.body());
            if (!json.path("status").asText().equals("success")) {
                throw new IllegalStateException(path + ": " + answer.body());
            }
            JsonNode data = json.path("data");
            return data.has("result") ? data.path("result") : data;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private boolean ready() {
        if (!process.alive()) {
            throw new IllegalStateException(process.tail(20));
        }
        try {
            return http.send(
                                    HttpRequest.newBuilder(URI.create(base + "/-/ready"))
                                            .timeout(Duration.ofSeconds(5))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.close();
        http.close();
    }
}
