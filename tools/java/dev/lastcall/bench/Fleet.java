package dev.lastcall.bench;

import static org.awaitility.Awaitility.await;

import dev.lastcall.config.NodeName;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Taint;
import dev.lastcall.kube.ClientPolicy;
import dev.lastcall.kube.KubeNode;
import dev.lastcall.kube.KubePods;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * {@code make bench ONLY=fleet}: what a thousand agents ask of one API server, at rest, when all start at once, and when a hundred of their nodes go.
 * The agents' own classes for Node and pods, fifty to a client, all in this process. Not in it: the marks and evictions of pods ({@code ONLY=mass}).
 */
final class Fleet implements AutoCloseable {
    private static final int AGENTS = 1_000;
    private static final int AGENTS_PER_CLIENT = 50;
    private static final int DOOMED = 100;
    private static final Duration SPREAD = Duration.ofSeconds(10);
    private static final Duration REST = Duration.ofMinutes(2);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ControlPlane plane = ControlPlane.start();
    private final List<KubernetesClient> clients = new ArrayList<>();
    private final List<Agent> agents = new ArrayList<>();

    /** What one agent holds open. */
    private record Agent(KubeNode node, KubePods pods) {
        boolean sees() {
            return node.latest().isPresent() && pods.synced() && node.connected() && pods.connected();
        }
    }

    static String measure() throws Exception {
        StringBuilder table = new StringBuilder("""
            | 1,000 agents | for | requests | most in a second | LIST | WATCH | PATCH | 429 | answers, p50 / p99 |
            |---|---|---|---|---|---|---|---|---|
            """);
        try (Fleet fleet = new Fleet()) {
            fleet.nodes();
            fleet.start();
            table.append(fleet.phase("at rest", () -> Thread.sleep(REST)));
            table.append(fleet.phase("all start at once", () -> {
                fleet.stop();
                fleet.start();
            }));
            List<Double> cordons = new ArrayList<>();
            table.append(fleet.phase(
                    DOOMED + " nodes go within " + SPREAD.toSeconds() + " s", () -> cordons.addAll(fleet.cordon())));
            table.append(String.format(
                    Locale.ROOT,
                    "%nFrom the decision to the API server's answer on the cordon, the others at rest: p50 %.1f ms, p99 %.1f ms (n = %d).%n",
                    Bench.at(cordons, 0.5),
                    Bench.at(cordons, 0.99),
                    cordons.size()));
        }
        return table.toString();
    }

    private interface Action {
        void run() throws Exception;
    }

    private String phase(String title, Action action) throws Exception {
        long mark = plane.auditLog().mark();
        Instant began = Instant.now();
        action.run();
        Duration took = Duration.between(began, Instant.now());
        List<AuditEvent> events = plane.auditLog().requestsOf(ControlPlane.AGENT, mark);
        Map<Long, Long> bySecond = events.stream()
                .collect(Collectors.groupingBy(event -> event.received().getEpochSecond(), Collectors.counting()));
        List<Double> answers = events.stream()
                .filter(event -> !event.verb().equals("watch"))
                .map(event ->
                        Duration.between(event.received(), event.stageAt()).toNanos() / 1e6)
                .toList();
        String row = String.format(
                Locale.ROOT,
                "| %s | %d s | %d | %d | %d | %d | %d | %d | %s |%n",
                title,
                took.toSeconds(),
                events.size(),
                bySecond.values().stream().mapToLong(each -> each).max().orElse(0),
                count(events, "list"),
                count(events, "watch"),
                count(events, "patch"),
                events.stream().filter(event -> event.code() == 429).count(),
                answers.isEmpty()
                        ? "–"
                        : String.format(
                                Locale.ROOT, "%.1f / %.1f ms", Bench.at(answers, 0.5), Bench.at(answers, 0.99)));
        System.err.printf("bench: %s", row);
        return row;
    }

    private static long count(List<AuditEvent> events, String verb) {
        return events.stream().filter(event -> event.verb().equals(verb)).count();
    }

    private void nodes() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            for (int i = 0; i < AGENTS; i++) {
                String name = name(i);
                threads.submit(() -> plane.client()
                        .resource(new NodeBuilder()
                                .withNewMetadata()
                                .withName(name)
                                .endMetadata()
                                .build())
                        .create());
            }
        }
    }

    private static String name(int number) {
        return "fleet-" + number;
    }

    private void start() {
        for (int i = 0; i < AGENTS; i++) {
            if (i % AGENTS_PER_CLIENT == 0) {
                clients.add(client());
            }
            NodeName name = new NodeName(name(i));
            Agent agent = new Agent(
                    new KubeNode(clients.getLast(), name),
                    new KubePods(clients.getLast(), name, InstantSource.system()));
            agent.node().start();
            agent.pods().start();
            agents.add(agent);
        }
        await("every agent sees its node")
                .atMost(PATIENCE)
                .until(() -> agents.stream().allMatch(Agent::sees));
    }

    private void stop() {
        agents.forEach(agent -> {
            agent.node().close();
            agent.pods().close();
        });
        agents.clear();
        clients.forEach(KubernetesClient::close);
        clients.clear();
    }

    /** As the agent configures its own, but for the many that share it here. */
    private KubernetesClient client() {
        Config config =
                Config.fromKubeconfig(plane.kubeconfigFor(ControlPlane.AGENT).toFile());
        new ClientPolicy("bench").customize(config);
        config.setMaxConcurrentRequests(8 * AGENTS_PER_CLIENT);
        config.setMaxConcurrentRequestsPerHost(8 * AGENTS_PER_CLIENT);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    private List<Double> cordon() throws Exception {
        List<Future<Double>> cordons = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < DOOMED; i++) {
                KubeNode node = agents.get(i * (AGENTS / DOOMED)).node();
                cordons.add(threads.submit(() -> cordon(node)));
                Thread.sleep(SPREAD.dividedBy(DOOMED));
            }
        }
        List<Double> took = new ArrayList<>();
        for (Future<Double> cordon : cordons) {
            took.add(cordon.get());
        }
        return took;
    }

    private static double cordon(KubeNode node) {
        long decided = System.nanoTime();
        for (NodeView view = node.latest().orElseThrow(); ; view = node.read().orElse(view)) {
            NodePatch patch = new NodePatch(
                    view.resourceVersion(),
                    true,
                    List.of(new Taint("lastcall.dev/interruption", "spot", "NoSchedule", "")),
                    Map.of(),
                    Map.of("lastcall.dev/bench", Optional.of("x".repeat(300))));
            if (node.patch(patch) instanceof PatchAnswer.Done done) {
                return (done.answeredNanos() - decided) / 1e6;
            }
        }
    }

    @Override
    public void close() {
        stop();
        plane.close();
    }
}
