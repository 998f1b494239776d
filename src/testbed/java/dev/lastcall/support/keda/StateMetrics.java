package dev.lastcall.support.keda;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A stand-in for kube-state-metrics, which no registry holds as a module: the two gauges that the fallback asks for, read from the
 * API server at each scrape; and {@code lastcall_doomed_pods}, as agents would publish it.
 */
public final class StateMetrics implements AutoCloseable {

    private final HttpServer server;
    private final KubernetesClient client;
    private final String namespace;
    private final Map<String, Integer> doomed = new ConcurrentHashMap<>();

    private StateMetrics(KubernetesClient client, String namespace, HttpServer server) {
        this.client = client;
        this.namespace = namespace;
        this.server = server;
    }

    public static StateMetrics start(KubernetesClient client, String namespace) throws IOException {
        StateMetrics metrics = new StateMetrics(
                client, namespace, HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        metrics.server.createContext("/metrics", exchange -> {
            byte[] page = metrics.page().getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        metrics.server.start();
        return metrics;
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** As after a notice for a node with so many pods of that workload; 0 = no such series. */
    public void doomed(String workload, int pods) {
        if (pods == 0) {
            doomed.remove(workload);
        } else {
            doomed.put(workload, pods);
        }
    }

    private String page() {
        StringBuilder page = new StringBuilder();
        for (Deployment deployment :
                client.apps().deployments().inNamespace(namespace).list().getItems()) {
            String labels = "{namespace=\"%s\",deployment=\"%s\"} "
                    .formatted(namespace, deployment.getMetadata().getName());
            Integer ready = deployment.getStatus().getReadyReplicas();
            page.append("kube_deployment_spec_replicas")
                    .append(labels)
                    .append(deployment.getSpec().getReplicas())
                    .append("\nkube_deployment_status_replicas_ready")
                    .append(labels)
                    .append(ready == null ? 0 : ready)
                    .append('\n');
        }
        doomed.forEach((workload, pods) -> page.append(
                "lastcall_doomed_pods{namespace=\"%s\",workload=\"%s\"} %d\n".formatted(namespace, workload, pods)));
        return page.toString();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
