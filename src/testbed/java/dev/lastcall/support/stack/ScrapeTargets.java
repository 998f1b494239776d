package dev.lastcall.support.stack;

import dev.lastcall.support.keda.ScrapingPrometheus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What the chart's PodMonitor would do: the engines that have an address are scraped, beside those that stay. */
final class ScrapeTargets implements AutoCloseable {
    private static final int ENGINE_PORT = 8000;

    private final KubernetesClient client;
    private final ScrapingPrometheus prometheus;
    private final Map<String, InetSocketAddress> always;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("scrape-targets").factory());
    private Map<String, InetSocketAddress> written = Map.of();

    /** @param always by the value of the label {@code pod} */
    ScrapeTargets(KubernetesClient client, ScrapingPrometheus prometheus, Map<String, InetSocketAddress> always) {
        this.client = client;
        this.prometheus = prometheus;
        this.always = Map.copyOf(always);
        looks.scheduleWithFixedDelay(this::look, 0, 500, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            Map<String, InetSocketAddress> targets = new HashMap<>(always);
            for (Pod pod : client.pods()
                    .inNamespace(ServingStack.NAMESPACE)
                    .withLabel("app.kubernetes.io/name", "lastcall-serving")
                    .list()
                    .getItems()) {
                String address = pod.getStatus().getPodIP();
                if (address != null && "Running".equals(pod.getStatus().getPhase())) {
                    targets.put(pod.getMetadata().getName(), new InetSocketAddress(address, ENGINE_PORT));
                }
            }
            if (!targets.equals(written)) {
                prometheus.targets(targets);
                written = targets;
            }
        } catch (IOException | RuntimeException passing) {
            // The API server is asked again in half a second; a look that throws would be the last.
            System.err.println("scrape targets: " + passing.getMessage());
        }
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
