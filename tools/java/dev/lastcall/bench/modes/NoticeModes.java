package dev.lastcall.bench.modes;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Outcome;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.Outage;
import dev.lastcall.support.router.RotationChange;
import dev.lastcall.support.stack.ServingStack;
import dev.lastcall.support.stack.SpotNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code make bench ONLY=modes}: four replicas on spot nodes of one GPU each and one on demand, all busy. Two of the nodes go within a
 * minute. A new node takes 20 s to join, the model 10 s to load. Counted from the notice, for two minutes.
 */
public final class NoticeModes {
    static final int REPLICAS = 4;

    private static final int DOOMED = 2;
    private static final int WANTED = REPLICAS + 1;
    private static final Duration NODE_START = Duration.ofSeconds(20);
    private static final Duration WINDOW = Duration.ofSeconds(60);
    private static final Duration HORIZON = Duration.ofSeconds(120);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Path KUBECTL = Stream.of("/usr/bin/kubectl", "/usr/local/bin/kubectl")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(Path.of("kubectl"));

    private NoticeModes() {}

    /** A Markdown table, or why there is none. */
    public static String measure() throws Exception {
        Optional<String> missing = ServingStack.missing();
        if (missing.isPresent()) {
            return "Ways to ask for a replacement: left out, " + missing.get().replace("skipped: ", "") + "\n";
        }
        StringBuilder table = new StringBuilder("""
            | asked for by | notice to the second replacement | fewer than five in rotation | nobody in rotation | serving pods started | GPU-seconds beyond those of before | finished | cut | turned away |
            |---|---|---|---|---|---|---|---|---|
            """);
        String absent = "";
        for (Mode mode : Mode.all()) {
            if (mode.withdraw().isEmpty() && !Files.isExecutable(KUBECTL)) {
                absent = "\nNot measured: kubectl is in neither /usr/bin nor /usr/local/bin\n";
                continue;
            }
            table.append(row(mode));
        }
        return table + absent;
    }

    private static String row(Mode mode) throws Exception {
        Path folder = Files.createTempDirectory("lastcall-modes");
        List<String> values = new ArrayList<>(
                List.of("pools.spot.min=" + REPLICAS, "engine.extraArgs={--lastcall-startup-ms=10000}"));
        values.addAll(mode.values());
        int nodes = REPLICAS + (mode.title().contains("buffer") ? 2 : 0);
        ServingStack.Settings settings = new ServingStack.Settings(nodes, 1, mode.withdraw(), values, Map.of());
        try (ServingStack stack = ServingStack.start(
                        folder,
                        ServingStack.newRouter(),
                        settings,
                        step -> System.err.println(mode.title() + ": " + step));
                LoadClient load = LoadClient.start(
                        stack.router().address(),
                        LoadPlan.rate(3).lasting(Duration.ofSeconds(2), Duration.ofSeconds(6)))) {
            await("all GPUs that are wanted are in use")
                    .atMost(PATIENCE)
                    .until(() -> running(stack) == WANTED + nodes - REPLICAS);
            await("requests are under way").atMost(PATIENCE).until(() -> load.inFlight() >= 8);
            return row(mode, stack, load);
        }
    }

    private static String row(Mode mode, ServingStack stack, LoadClient load) throws Exception {
        Set<String> before = uids(serving(stack));
        long paidBefore = running(stack);
        List<SpotNode> doomed = stack.spot().stream()
                .filter(node -> stack.pods("spot").stream()
                        .anyMatch(pod -> node.name().equals(pod.getSpec().getNodeName())))
                .limit(DOOMED)
                .toList();
        Growth growth = new Growth(stack, NODE_START);
        List<Instant> created = new ArrayList<>();
        Set<String> started = new HashSet<>();
        double extra = 0;
        Instant zero = Instant.now();
        Instant deadline = zero;
        for (SpotNode node : doomed) {
            deadline = node.interrupt(WINDOW);
            if (mode.withdraw().isEmpty()) {
                drain(stack, node);
            }
        }
        boolean cut = false;
        Instant last = zero;
        while (last.isBefore(zero.plus(HORIZON))) {
            Thread.sleep(100);
            Instant now = Instant.now();
            for (Pod pod : serving(stack)) {
                String uid = pod.getMetadata().getUid();
                if (!before.contains(uid) && started.add(uid)) {
                    created.add(now);
                }
            }
            growth.look(now, pods(stack));
            extra += Math.max(0, running(stack) - paidBefore)
                    * Duration.between(last, now).toMillis()
                    / 1000.0;
            last = now;
            if (!cut && !now.isBefore(deadline)) {
                cut = true;
                for (SpotNode node : doomed) {
                    node.terminate();
                }
            }
        }
        load.stopArrivals();
        Tally clients = load.await(PATIENCE);
        List<RotationChange> changes = stack.router().changes();
        tell(mode, changes, clients, zero);
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.1f s | %.1f s | %d | %.0f | %d | %d | %d |%n",
                mode.title(),
                created.size() < DOOMED
                        ? "never"
                        : String.format(
                                Locale.ROOT,
                                "%.1f s",
                                Duration.between(zero, created.get(DOOMED - 1)).toMillis() / 1000.0),
                Outage.below(WANTED, changes, zero, last).toMillis() / 1000.0,
                Outage.of(changes, zero, last).toMillis() / 1000.0,
                started.size(),
                extra,
                clients.finished(),
                clients.lost().size(),
                clients.rejected());
    }

    /** For whoever asks why a figure is what it is. */
    private static void tell(Mode mode, List<RotationChange> changes, Tally clients, Instant zero) {
        changes.forEach(change -> say(
                mode,
                Duration.between(zero, change.at()),
                change.pod() + (change.in() ? " in rotation" : " out of rotation")));
        clients.records().stream()
                .filter(request -> !(request.outcome() instanceof Outcome.Finished))
                .forEach(request ->
                        say(mode, Duration.between(zero, request.end()), request.outcome() + " of " + request.pod()));
    }

    private static void say(Mode mode, Duration at, String what) {
        System.err.printf(Locale.ROOT, "%s: %6.1f s %s%n", mode.title(), at.toMillis() / 1000.0, what);
    }

    private static void drain(ServingStack stack, SpotNode node) throws Exception {
        List<String> command = List.of(
                KUBECTL.toString(),
                "--kubeconfig=" + stack.plane().kubeconfig(),
                "drain",
                node.name(),
                "--ignore-daemonsets",
                "--delete-emptydir-data",
                "--force");
        // It ends by itself, at the latest when the control plane is gone.
        var _ = ChildProcess.start("kubectl", command, Map.of(), Files.createTempFile("kubectl", ".log"));
    }

    private static List<Pod> serving(ServingStack stack) {
        return pods(stack).stream()
                .filter(pod -> pod.getMetadata().getLabels().containsKey("serving.lastcall.dev/pool"))
                .toList();
    }

    /** Everything that holds a GPU, the buffer included. */
    private static List<Pod> pods(ServingStack stack) {
        return stack.client().pods().inNamespace(ServingStack.NAMESPACE).list().getItems();
    }

    private static long running(ServingStack stack) {
        return pods(stack).stream()
                .filter(pod -> pod.getSpec().getNodeName() != null)
                .filter(pod ->
                        !List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
                .count();
    }

    private static Set<String> uids(List<Pod> pods) {
        Set<String> uids = new HashSet<>();
        pods.forEach(pod -> uids.add(pod.getMetadata().getUid()));
        return uids;
    }
}
