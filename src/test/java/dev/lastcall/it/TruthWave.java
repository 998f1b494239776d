package dev.lastcall.it;

import static org.awaitility.Awaitility.await;

import dev.lastcall.lint.truth.Consequence;
import dev.lastcall.lint.truth.TruthManifest;
import dev.lastcall.lint.truth.TruthRow;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Some manifests, drained side by side on three doomed nodes of one control plane. At the deadline the machines are gone, as a spot
 * machine is.
 */
final class TruthWave implements AutoCloseable {
    private static final int NODES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    /** A pod that was deleted has its successor in seconds; the node controller gives up a lost node only after five minutes. */
    private static final Duration REPLACEMENT = Duration.ofSeconds(90);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<DoomedNode> nodes = new ArrayList<>();
    private final List<TruthDrain> drains = new ArrayList<>();
    private final SharedIndexInformer<Pod> pods;

    TruthWave(ControlPlane plane, String name, List<TruthRow> rows) {
        for (int i = 0; i < NODES; i++) {
            nodes.add(new DoomedNode(plane, name + "-" + i));
        }
        pods = plane.client()
                .pods()
                .inAnyNamespace()
                .withLabel("app", TruthManifest.APP)
                .inform();
        for (int i = 0; i < rows.size(); i++) {
            drains.add(new TruthDrain(rows.get(i), nodes.get(i % NODES), pods));
        }
    }

    /** From the first pod to what became of the last. */
    List<TruthResult> drain() throws Exception {
        List<Future<Void>> agents = each(nodes, node -> node.scenario().startAgent());
        drains.forEach(TruthDrain::begin);
        drains.forEach(TruthDrain::begun);
        all(each(nodes, DoomedNode::openOthers));
        all(agents);
        all(each(drains, TruthDrain::serve));
        await("requests have been ending everywhere")
                .atMost(PATIENCE)
                .until(() -> drains.stream().allMatch(TruthDrain::steady));
        Map<TruthDrain, List<String>> said = new HashMap<>();
        for (TruthDrain drain : drains) {
            said.put(drain, drain.findings());
        }
        Map<DoomedNode, Instant> deadlines = interrupt();
        List<TruthResult> results = new ArrayList<>();
        for (TruthDrain drain : drains) {
            results.add(drain.result(
                    said.getOrDefault(drain, List.of()), deadlines.getOrDefault(drain.node(), Instant.MAX)));
        }
        return results;
    }

    /** Notices on all nodes; at its deadline each machine goes. */
    private Map<DoomedNode, Instant> interrupt() throws Exception {
        Map<DoomedNode, Instant> deadlines = new HashMap<>();
        Instant noticed = Instant.now();
        drains.forEach(drain -> drain.noticed(noticed));
        for (DoomedNode node : nodes) {
            deadlines.put(node, node.interrupt(TruthRow.WINDOW));
        }
        for (DoomedNode node : nodes) {
            await("the deadline")
                    .atMost(TruthRow.WINDOW.plusSeconds(5))
                    .until(() -> !Instant.now().isBefore(deadlines.getOrDefault(node, Instant.MAX)));
            node.scenario().kubelet().powerOff();
        }
        all(each(drains, TruthDrain::machineGone));
        await("every request of the machines has ended")
                .atMost(PATIENCE)
                .until(() -> drains.stream().allMatch(TruthDrain::decided));
        awaitReplacements();
        return deadlines;
    }

    private void awaitReplacements() {
        try {
            await("pods take the places of those that went")
                    .pollInterval(Duration.ofMillis(500))
                    .atMost(REPLACEMENT)
                    .until(() -> drains.stream().filter(TruthWave::replaceable).allMatch(TruthDrain::replaced));
        } catch (ConditionTimeoutException judgedInItsRow) {
            // The row of a pod that was not replaced says so; the others are not to blame.
        }
    }

    private static boolean replaceable(TruthDrain drain) {
        return drain.row().manifest().movable() && !drain.row().predicted().contains(Consequence.NOT_REPLACED);
    }

    @Override
    public void close() throws Exception {
        drains.forEach(TruthDrain::close);
        pods.close();
        for (DoomedNode node : nodes) {
            node.close();
        }
        threads.shutdown();
    }

    private interface Step<T> {
        void on(T each) throws Exception;
    }

    private <T> List<Future<Void>> each(List<T> all, Step<T> step) {
        return all.stream()
                .map(one -> threads.submit((Callable<Void>) () -> {
                    step.on(one);
                    return null;
                }))
                .toList();
    }

    private static void all(List<Future<Void>> running) throws Exception {
        for (Future<Void> one : running) {
            one.get();
        }
    }
}
