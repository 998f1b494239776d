package dev.lastcall.bench;

import static org.awaitility.Awaitility.await;

import dev.lastcall.config.NodeName;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Taint;
import dev.lastcall.kube.KubeNode;
import dev.lastcall.notice.Cloud;
import dev.lastcall.support.agent.AgentProcess;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.metadata.FakeMetadata.Sent;
import dev.lastcall.support.metadata.MetadataServices;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * {@code make bench ONLY=cold}: the first notice of a process's life, on a node with 110 pods. From the first byte of the metadata service's answer to
 * the API server's 200 on the cordon, by its audit log; beside it a patch of the same kind from a client that is warm, from just before it is sent.
 * Nobody asks the API server anything for a while before either of them: right after another request it answers sooner, which no cordon finds.
 */
final class ColdCordon implements AutoCloseable {
    private static final int PODS = 110;
    private static final String NODE = "cold";
    private static final String BARE = "bare";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration QUIET = Duration.ofMillis(400);
    /** Patches that are not counted, so that the client of the bare ones is warm. */
    private static final int WARM_UP = 100;

    private final ControlPlane plane = ControlPlane.start();
    private final KubernetesClient client = plane.clientFor(ControlPlane.AGENT);
    private final KubeNode bare = new KubeNode(client, new NodeName(BARE));
    private final Instant wall = Instant.now();
    private final long nanos = System.nanoTime();

    /**
     * @param bare after the same quiet as the cordon
     * @param again right after that
     */
    private record Row(String program, String cloud, List<Double> cordon, List<Double> bare, List<Double> again) {
        String line() {
            double middle = Bench.at(cordon, 0.5) / Bench.at(bare, 0.5);
            double worst = Bench.at(cordon, 0.99) / Bench.at(bare, 0.99);
            return String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %.1f / %.1f ms | %.1f / %.1f ms | %.2f | %.2f | %.1f / %.1f ms |%n",
                    program,
                    cloud,
                    cordon.size(),
                    Bench.at(cordon, 0.5),
                    Bench.at(cordon, 0.99),
                    Bench.at(bare, 0.5),
                    Bench.at(bare, 0.99),
                    middle,
                    worst,
                    Bench.at(again, 0.5),
                    Bench.at(again, 0.99));
        }
    }

    /** @param processes fresh ones for each cloud; of the JVM a fifth of that */
    static String measure(int processes) throws Exception {
        StringBuilder table = new StringBuilder("""
            | program | cloud | processes | answer to 200 on the cordon, p50 / p99 | bare patch, p50 / p99 | ratio at p50 | at p99 | another right after it, p50 / p99 |
            |---|---|---|---|---|---|---|---|
            """);
        Path executable = Path.of("target/lastcall-agent").toAbsolutePath();
        try (ColdCordon bench = new ColdCordon()) {
            if (Files.isExecutable(executable)) {
                System.setProperty("lastcall.agent", executable.toString());
                bench.rows("native", processes).forEach(row -> table.append(row.line()));
            }
            System.clearProperty("lastcall.agent");
            bench.rows("JVM", Math.max(1, processes / 5)).forEach(row -> table.append(row.line()));
        }
        return table.toString();
    }

    private ColdCordon() throws InterruptedException {
        for (String name : List.of(NODE, BARE)) {
            plane.client()
                    .resource(new NodeBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .endMetadata()
                            .withNewSpec()
                            // Azure's events name the machine; the other clouds don't ask.
                            .withProviderID(MetadataServices.AZURE_ID)
                            .endSpec()
                            .build())
                    .create();
        }
        for (int i = 0; i < WARM_UP; i++) {
            bare(Duration.ZERO);
        }
        String namespace = plane.newNamespace("cold");
        for (int i = 0; i < PODS; i++) {
            plane.client().resource(pod(namespace, i)).create();
        }
    }

    /** A static pod's mirror: no drain touches it, so that every process finds the same node. */
    private static Pod pod(String namespace, int number) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("mirror-" + number)
                .addToAnnotations("kubernetes.io/config.mirror", "cold")
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewToleration()
                .withOperator("Exists")
                .endToleration()
                .addNewContainer()
                .withName("main")
                .withImage("registry.example.com/static:1")
                .endContainer()
                .endSpec()
                .build();
    }

    private List<Row> rows(String program, int processes) throws Exception {
        List<Row> rows = new ArrayList<>();
        for (Cloud cloud : Cloud.values()) {
            if (cloud == Cloud.NONE) {
                continue;
            }
            Row row = new Row(program, cloud.label(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < processes; i++) {
                row.cordon().add(cordon(cloud));
                row.bare().add(bare(QUIET));
                row.again().add(bare(Duration.ZERO));
            }
            System.err.printf("bench: %s", row.line());
            rows.add(row);
        }
        rows.add(all(program, rows));
        return rows;
    }

    private static Row all(String program, List<Row> rows) {
        return new Row(program, "all", joined(rows, Row::cordon), joined(rows, Row::bare), joined(rows, Row::again));
    }

    private static List<Double> joined(List<Row> rows, Function<Row, List<Double>> samples) {
        return rows.stream().map(samples).flatMap(List::stream).toList();
    }

    private double cordon(Cloud cloud) throws Exception {
        AgentProcess.Builder builder = AgentProcess.builder()
                .kubeconfig(plane.kubeconfigFor(ControlPlane.AGENT))
                .config("lastcall.node-name", NODE)
                .config("lastcall.notice.provider", cloud.label())
                .config("lastcall.gpu.library", "libnvidia-ml-absent.so.1");
        if (cloud != Cloud.GCP) {
            // Who asks how often is not the question here, and a hundred processes are waited for.
            builder.config("lastcall.notice." + cloud.label() + ".poll-interval", "200ms");
        }
        try (MetadataServices services = new MetadataServices()) {
            services.endpoints().forEach(builder::config);
            try (AgentProcess agent = builder.start()) {
                agent.awaitLine(line -> line.contains("the warm-up cordon succeeded"), PATIENCE);
                await().atMost(PATIENCE).until(() -> agent.get("/health/ready").statusCode() == 200);
                Thread.sleep(QUIET);
                long mark = plane.auditLog().mark();
                long announced = System.nanoTime();
                services.announce(cloud, Duration.ofSeconds(120));
                // The audit log is read after the cordon, so that nothing keeps the processor awake that is not awake
                // before a bare patch.
                Sent answer = await("the answer with the notice")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(100))
                        .until(
                                () -> services.of(cloud).firstSentAfter(announced, MetadataServices.path(cloud)),
                                Optional::isPresent)
                        .orElseThrow();
                AuditEvent patched = patched(NODE, mark);
                return millis(wall.plusNanos(answer.decidedNanos() - nanos), patched.stageAt());
            }
        } finally {
            giveBack();
        }
    }

    private double bare(Duration quiet) throws InterruptedException {
        NodeView now = bare.read().orElseThrow();
        NodePatch patch = new NodePatch(
                now.resourceVersion(),
                true,
                List.of(new Taint("lastcall.dev/interruption", "spot", "NoSchedule", "")),
                Map.of(),
                Map.of("lastcall.dev/bench", Optional.of(System.nanoTime() + "x".repeat(300))));
        Thread.sleep(quiet);
        long mark = plane.auditLog().mark();
        Instant sent = Instant.now();
        if (!(bare.patch(patch) instanceof PatchAnswer.Done)) {
            return bare(quiet);
        }
        return millis(sent, patched(BARE, mark).stageAt());
    }

    private AuditEvent patched(String node, long mark) {
        return await("a patch of the Node")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(
                        () -> plane.auditLog().requestsOf(ControlPlane.AGENT, mark).stream()
                                .filter(event -> event.verb().equals("patch")
                                        && event.resource().equals("nodes")
                                        && event.name().equals(node)
                                        && event.code() == 200)
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** As it was before the notice. */
    private void giveBack() {
        plane.client().nodes().withName(NODE).patch(PatchContext.of(PatchType.JSON_MERGE), """
                        {"spec":{"unschedulable":null,"taints":null},"metadata":{"annotations":null,"labels":null}}""");
    }

    private static double millis(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e6;
    }

    @Override
    public void close() throws Exception {
        bare.close();
        client.close();
        plane.close();
    }
}
