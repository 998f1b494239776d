package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.lint.truth.Consequence;
import dev.lastcall.lint.truth.TruthManifest;
import dev.lastcall.lint.truth.TruthRow;
import dev.lastcall.lint.truth.TruthRows;
import dev.lastcall.lint.truth.TruthTable;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Lint against the drain of exactly the pods that it speaks about: every manifest of {@link TruthRows}, on three doomed nodes of one
 * control plane. At the deadline the machines are gone, as a spot machine is. {@code -Dgolden.update=true} writes what was measured to
 * docs/LINT.md.
 */
@Tag("alone")
class LintTruthIT {
    private static final int NODES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(300);

    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();
    private static final List<DoomedNode> NODE = new ArrayList<>();
    private static final List<TruthDrain> DRAINS = new ArrayList<>();
    private static final Map<TruthDrain, List<String>> SAID = new LinkedHashMap<>();
    private static final Map<TruthDrain, Instant> DEADLINES = new HashMap<>();

    @BeforeAll
    static void drain() throws Exception {
        ControlPlane plane = ControlPlane.shared();
        for (int i = 0; i < NODES; i++) {
            NODE.add(new DoomedNode(plane, "truth-" + i));
        }
        SharedIndexInformer<Pod> pods = plane.client()
                .pods()
                .inAnyNamespace()
                .withLabel("app", TruthManifest.APP)
                .inform();
        List<Future<Void>> agents = each(NODE, node -> node.scenario().startAgent());
        List<TruthRow> rows = TruthRows.all();
        for (int i = 0; i < rows.size(); i++) {
            DRAINS.add(new TruthDrain(rows.get(i), NODE.get(i % NODES), pods));
        }
        DRAINS.forEach(TruthDrain::begin);
        DRAINS.forEach(TruthDrain::begun);
        all(each(NODE, DoomedNode::openOthers));
        all(agents);
        all(each(DRAINS, TruthDrain::serve));
        await("requests have been ending everywhere")
                .atMost(PATIENCE)
                .until(() -> DRAINS.stream().allMatch(TruthDrain::steady));
        for (TruthDrain drain : DRAINS) {
            SAID.put(drain, drain.findings());
        }
        interrupt();
    }

    /** Notices on all nodes; at its deadline each machine goes. */
    private static void interrupt() throws Exception {
        Map<DoomedNode, Instant> deadlines = new HashMap<>();
        Instant noticed = Instant.now();
        for (DoomedNode node : NODE) {
            deadlines.put(node, node.interrupt(TruthRow.WINDOW));
        }
        for (TruthDrain drain : DRAINS) {
            drain.noticed(noticed);
            DEADLINES.put(drain, deadlines.get(drain.node()));
        }
        for (DoomedNode node : NODE) {
            await("the deadline")
                    .atMost(TruthRow.WINDOW.plusSeconds(5))
                    .until(() -> !Instant.now().isBefore(deadlines.get(node)));
            node.scenario().kubelet().powerOff();
        }
        all(each(DRAINS, TruthDrain::machineGone));
        await("every request of the machines has ended")
                .atMost(PATIENCE)
                .until(() -> DRAINS.stream().allMatch(TruthDrain::decided));
        for (TruthDrain drain : DRAINS) {
            if (drain.row().manifest().movable() && !drain.row().predicted().contains(Consequence.NOT_REPLACED)) {
                await("a pod takes the place of '" + drain.row().name() + "'")
                        .pollInterval(Duration.ofMillis(500))
                        .atMost(PATIENCE)
                        .until(drain::replaced);
            }
        }
    }

    @AfterAll
    static void tearDown() throws Exception {
        DRAINS.forEach(TruthDrain::close);
        for (DoomedNode node : NODE) {
            node.close();
        }
        THREADS.shutdown();
    }

    @Test
    void lint_says_of_what_is_drained_what_its_row_says() {
        SoftAssertions claims = new SoftAssertions();
        SAID.forEach((drain, said) ->
                claims.assertThat(said).as(drain.row().name()).isEqualTo(drain.row().findings()));
        claims.assertAll();
    }

    @Test
    void where_lint_speaks_the_drain_does_what_the_finding_says() {
        SoftAssertions claims = new SoftAssertions();
        for (TruthDrain drain : DRAINS) {
            claims.assertThat(drain.seen())
                    .as(drain.row().name() + ": " + drain.row().findings() + ": " + drain.measured())
                    .containsAll(drain.row().predicted());
        }
        claims.assertAll();
    }

    @Test
    void where_lint_is_silent_nothing_is_lost_forced_or_killed_and_a_replacement_serves() {
        SoftAssertions claims = new SoftAssertions();
        for (TruthDrain drain : DRAINS) {
            if (drain.row().clean()) {
                Set<Consequence> seen = drain.seen();
                if (!drain.row().manifest().movable()) {
                    seen.remove(Consequence.NOT_REPLACED);
                    seen.remove(Consequence.UNSERVED);
                }
                claims.assertThat(seen)
                        .as(drain.row().name() + ": " + drain.measured() + " " + drain.lost())
                        .isEmpty();
            }
        }
        claims.assertAll();
    }

    /** A pod that is forced or killed may still have finished all that there was time for. */
    @Test
    void where_lint_does_not_speak_of_requests_none_is_lost_that_could_have_ended_in_time() {
        SoftAssertions claims = new SoftAssertions();
        for (TruthDrain drain : DRAINS) {
            if (!drain.row().losing()) {
                claims.assertThat(drain.lostNeedlessly(DEADLINES.getOrDefault(drain, Instant.MAX)))
                        .as(drain.row().name())
                        .isEmpty();
            }
        }
        claims.assertAll();
    }

    @Test
    void what_was_measured_can_be_written_to_the_manual() throws Exception {
        Map<String, String> measured = new LinkedHashMap<>();
        for (TruthDrain drain : DRAINS) {
            measured.put(drain.row().name(), drain.measured());
            System.out.printf(
                    "%-90s %-45s %-40s %s%n",
                    drain.row().name(), drain.row().findings(), drain.seen(), drain.measured());
        }
        assertThat(measured).hasSameSizeAs(TruthRows.all());
        if (Boolean.getBoolean("golden.update")) {
            TruthTable.write(TruthRows.all(), measured);
        }
    }

    private interface Step<T> {
        void on(T each) throws Exception;
    }

    private static <T> List<Future<Void>> each(List<T> all, Step<T> step) {
        return all.stream()
                .map(one -> THREADS.submit((Callable<Void>) () -> {
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
