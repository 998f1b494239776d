package dev.lastcall.bench.surge;

import static org.awaitility.Awaitility.await;

import dev.lastcall.bench.Peers;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.Outage;
import dev.lastcall.support.router.RotationChange;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code make bench ONLY=surge}: two replicas of one model on a node that goes in a minute, a budget that wants one of them to stay, a
 * model that takes 15 s to load on the node beside it, and clients that go on asking. The same by each drainer.
 */
public final class SurgeBeforeEviction {

    private static final int REPLICAS = 2;
    private static final Duration WINDOW = Duration.ofSeconds(60);
    private static final Duration COLD_START = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /**
     * What one drainer made of it.
     *
     * @param replacement from the notice to the first new pod; its creation is seen within 50 ms
     * @param below how long fewer pods than wanted got new requests
     * @param nobody how long none did
     * @param started pods at the end that were not there at the notice
     */
    record Result(Drainer drainer, Duration replacement, Duration below, Duration nobody, int started, Tally clients) {

        String row() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %.1f s | %.1f s | %.1f s | %d | %d | %d | %d |%n",
                    drainer.title(),
                    replacement.toMillis() / 1000.0,
                    below.toMillis() / 1000.0,
                    nobody.toMillis() / 1000.0,
                    started,
                    clients.finished(),
                    clients.lost().size(),
                    clients.rejected());
        }
    }

    private SurgeBeforeEviction() {}

    /** A Markdown table, and below it what could not be measured and why. */
    public static String measure() throws Exception {
        StringBuilder page = new StringBuilder("""
            | drained by | notice to first replacement | fewer than two in rotation | nobody in rotation | pods started | requests finished | cut | turned away |
            |---|---|---|---|---|---|---|---|
            """);
        List<String> absent = new ArrayList<>();
        try (ControlPlane plane = ControlPlane.start()) {
            for (Drainer drainer : drainers(absent)) {
                page.append(trial(plane, drainer).row());
            }
        }
        absent.forEach(reason -> page.append("\nNot measured: ").append(reason).append('\n'));
        return page.toString();
    }

    private static List<Drainer> drainers(List<String> absent) throws Exception {
        List<Drainer> drainers =
                new ArrayList<>(List.of(new Drainer.Lastcall("label,detach"), new Drainer.Lastcall("auto")));
        Stream.of("/usr/bin/kubectl", "/usr/local/bin/kubectl")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .ifPresentOrElse(
                        kubectl -> drainers.add(new Drainer.KubectlDrain(kubectl)),
                        () -> absent.add("kubectl is in neither /usr/bin nor /usr/local/bin"));
        Peers.Peer handler = Peers.bring().peer(Peers.NODE_TERMINATION_HANDLER);
        handler.program()
                .ifPresentOrElse(
                        program -> drainers.add(new Drainer.NodeTerminationHandler(program, handler.words())),
                        () -> absent.add(Peers.NODE_TERMINATION_HANDLER + ", " + handler.words()));
        return drainers;
    }

    private static Result trial(ControlPlane plane, Drainer drainer) throws Exception {
        try (Scenario node = new Scenario(plane, "surge")) {
            String slow = "--lastcall-startup-ms=" + COLD_START.toMillis();
            node.workloads().serving("llm", REPLICAS, RotationRule.LABEL, 30, "vllm", "serve", "tiny", slow);
            node.workloads().budgetOf("llm", REPLICAS - 1);
            node.route(RotationRule.LABEL, Duration.ofMillis(300), "llm");
            node.awaitRouted(REPLICAS);
            node.spare();
            drainer.start(node);
            Set<String> doomed = uids(node);
            LoadClient load = node.load(LoadPlan.rate(4).lasting(Duration.ofSeconds(2), Duration.ofSeconds(6)));
            await("requests are under way").atMost(PATIENCE).until(() -> load.inFlight() >= 4);

            Instant noticed = Instant.now();
            Instant deadline = node.interrupt(WINDOW);
            drainer.noticed(node);
            await("a replacement")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> !doomed.containsAll(uids(node)));
            Instant replaced = Instant.now();
            await("the deadline").atMost(PATIENCE).until(() -> !Instant.now().isBefore(deadline));
            node.kubelet().close();
            await("all replacements serve")
                    .atMost(PATIENCE)
                    .until(() -> node.router().inRotation().size() >= REPLICAS);
            load.stopArrivals();
            Tally clients = load.await(PATIENCE);
            Set<String> started = uids(node);
            started.removeAll(doomed);
            List<RotationChange> changes = node.router().changes();
            Instant over = Instant.now();
            return new Result(
                    drainer,
                    Duration.between(noticed, replaced),
                    Outage.below(REPLICAS, changes, noticed, over),
                    Outage.of(changes, noticed, over),
                    started.size(),
                    clients);
        }
    }

    private static Set<String> uids(Scenario node) {
        return node.workloads().pods("llm").stream()
                .map(Pod::getMetadata)
                .map(meta -> meta.getUid())
                .collect(Collectors.toSet());
    }
}
