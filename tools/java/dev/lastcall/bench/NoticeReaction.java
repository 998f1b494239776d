package dev.lastcall.bench;

import static org.awaitility.Awaitility.await;

import dev.lastcall.notice.Cloud;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.metadata.FakeMetadata.Sent;
import dev.lastcall.support.metadata.MetadataServices;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * From the moment at which a notice stands at a cloud's metadata service to the cordoned Node as another client's watch
 * shows it: the packaged agent, a fresh process and a fresh Node for every notice, default intervals, real API server.
 */
final class NoticeReaction implements AutoCloseable {

    private static final Duration BEYOND_THE_INTERVAL = Duration.ofMillis(100);

    /** One cloud's samples in milliseconds. */
    record Row(Cloud cloud, @Nullable Duration interval, List<Double> fromNotice, List<Double> fromAnswer) {
        String line() {
            double bound = BEYOND_THE_INTERVAL.toMillis() + (interval == null ? 0 : interval.toMillis());
            List<Double> bounded = interval == null ? fromAnswer : fromNotice;
            return String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %.0f ms | %.0f ms | %.0f ms | %.0f ms | %.0f ms: %s |%n",
                    cloud.label(),
                    interval == null ? "long poll" : interval.toSeconds() + " s",
                    fromNotice.size(),
                    Bench.at(fromNotice, 0.5),
                    Bench.at(fromNotice, 1),
                    Bench.at(fromAnswer, 0.5),
                    Bench.at(fromAnswer, 1),
                    bound,
                    Bench.at(bounded, 1) <= bound ? "kept" : "missed");
        }
    }

    private final ControlPlane plane = ControlPlane.start();
    private final SplittableRandom random = new SplittableRandom(20261125);

    static String table(List<Row> rows) {
        StringBuilder table = new StringBuilder("""
                | cloud | asked every | n | notice to cordon, p50 | max | answer to cordon, p50 | max | interval + 100 ms (long poll: 100 ms of the answer) |
                |---|---|---|---|---|---|---|---|
                """);
        rows.forEach(row -> table.append(row.line()));
        return table.toString();
    }

    List<Row> run(int notices) throws Exception {
        List<Row> rows = new ArrayList<>();
        for (Cloud cloud : Cloud.values()) {
            if (cloud != Cloud.NONE) {
                Row row = new Row(cloud, interval(cloud), new ArrayList<>(), new ArrayList<>());
                for (int i = 0; i < notices; i++) {
                    sample(row, i);
                }
                System.err.printf("bench: %s", row.line());
                rows.add(row);
            }
        }
        return rows;
    }

    private static @Nullable Duration interval(Cloud cloud) {
        return switch (cloud) {
            case GCP -> null;
            case ALIBABA, TENCENT -> Duration.ofSeconds(5);
            case AWS, AZURE, NONE -> Duration.ofSeconds(1);
        };
    }

    private static String providerId(Cloud cloud) {
        return switch (cloud) {
            case AWS -> "aws:///eu-central-1a/i-0123456789abcdef0";
            case GCP -> "gce://project/europe-west4-a/gke-gpu-1";
            case AZURE -> MetadataServices.AZURE_ID;
            case ALIBABA -> "cn-hangzhou.i-bp1abc";
            case TENCENT -> "qcloud:///800001/ins-abc";
            case NONE -> "";
        };
    }

    private void sample(Row row, int number) throws Exception {
        Cloud cloud = row.cloud();
        String name = "reaction-" + cloud.label() + "-" + number;
        plane.client()
                .resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withProviderID(providerId(cloud))
                        .endSpec()
                        .build())
                .create();
        AgentProcess.Builder builder = AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", name)
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1");
        CompletableFuture<Long> cordoned = new CompletableFuture<>();
        try (MetadataServices services = new MetadataServices();
                var watch = plane.client().nodes().withName(name).watch(new Cordoned(cordoned))) {
            services.endpoints().forEach(builder::config);
            try (AgentProcess agent = builder.start()) {
                agent.awaitLine(line -> line.contains("the warm-up cordon succeeded"), Duration.ofSeconds(60));
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> agent.get("/health/ready").statusCode() == 200);
                // Anywhere between two questions, as a cloud would.
                Duration interval = row.interval() == null ? Duration.ofSeconds(1) : row.interval();
                TimeUnit.MILLISECONDS.sleep(random.nextLong(interval.toMillis()));
                long announced = System.nanoTime();
                services.announce(cloud, Duration.ofSeconds(120));
                long seen = cordoned.get(60, TimeUnit.SECONDS);
                Sent answer = services.of(cloud)
                        .firstSentAfter(announced, MetadataServices.path(cloud))
                        .orElseThrow();
                row.fromNotice().add((seen - announced) / 1e6);
                row.fromAnswer().add((seen - answer.sentNanos()) / 1e6);
            }
        }
    }

    private record Cordoned(CompletableFuture<Long> at) implements Watcher<Node> {
        @Override
        public void eventReceived(Action action, Node node) {
            if (Boolean.TRUE.equals(node.getSpec().getUnschedulable())) {
                at.complete(System.nanoTime());
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            at.completeExceptionally(cause);
        }
    }

    @Override
    public void close() throws Exception {
        plane.close();
    }
}
