package dev.lastcall.support.keda;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A real Prometheus that scrapes each second what a file lists, so that "pods" come and go with their labels; it can be killed
 * and started again at the same address.
 */
public final class ScrapingPrometheus implements AutoCloseable {

    private final Path directory;
    private final int port;

    private @Nullable ChildProcess process;

    public ScrapingPrometheus(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.port = FreePort.find();
        Files.writeString(directory.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, scrape_timeout: 1s}
                scrape_configs:
                  - job_name: pods
                    honor_labels: true
                    file_sd_configs: [{files: ["%s"], refresh_interval: 1s}]
                """.formatted(directory.resolve("targets.json")));
        targets(Map.of());
        start();
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    /** @param pods where the metrics are, by the pod's name, in namespace llm */
    public void targets(Map<String, InetSocketAddress> pods) throws IOException {
        Path next = directory.resolve("targets.next");
        Files.writeString(
                next,
                pods.entrySet().stream()
                        .map(pod -> "{\"targets\":[\"%s:%d\"],\"labels\":{\"namespace\":\"llm\",\"pod\":\"%s\"}}"
                                .formatted(
                                        pod.getValue().getAddress().getHostAddress(),
                                        pod.getValue().getPort(),
                                        pod.getKey()))
                        .collect(Collectors.joining(",", "[", "]")));
        Files.move(
                next,
                directory.resolve("targets.json"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    public void start() throws IOException {
        process = ChildProcess.start(
                "prometheus",
                List.of(
                        "prometheus",
                        "--config.file=" + directory.resolve("prometheus.yml"),
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port),
                Map.of(),
                directory.resolve("prometheus.log"));
    }

    /** SIGKILL, as a node that goes would do it. */
    public void kill() {
        ChildProcess running = process;
        if (running != null) {
            running.close();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
