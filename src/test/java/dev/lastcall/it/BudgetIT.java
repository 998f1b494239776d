package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Pods that a real budget protects to the last, on two nodes side by side: one whose agent may overrule the budget on a
 * spot notice, one whose agent never may.
 */
class BudgetIT {
    private static final Duration NOTICE = Duration.ofSeconds(24);
    private static final Duration MARGIN = Duration.ofSeconds(3);
    /** Grace periods: with the first, D − S − g is the force point; with the second, half of the notice's time. */
    private static final Duration SHORT = Duration.ofSeconds(4);

    private static final Duration LONG = Duration.ofSeconds(30);

    private record Drained(Scenario node, ApiProxy proxy, long mark, String quick, String slow, JsonNode report) {}

    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();
    private static Drained spot;
    private static Drained never;

    @BeforeAll
    static void drain() throws Exception {
        ControlPlane.shared();
        Future<Drained> first = THREADS.submit(() -> run("budget-spot", "spot"));
        Future<Drained> second = THREADS.submit(() -> run("budget-never", "never"));
        spot = first.get();
        never = second.get();
    }

    @AfterAll
    static void tearDown() throws Exception {
        try (Scenario one = spot.node();
                Scenario other = never.node()) {
            THREADS.shutdown();
        }
    }

    private static Drained run(String name, String force) throws Exception {
        Scenario node = new Scenario(ControlPlane.shared(), name);
        try {
            ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
            node.workloads().ordinary("quick", 1, Workloads.IDLE_IMAGE, SHORT.toSeconds());
            node.workloads().ordinary("slow", 1, Workloads.IDLE_IMAGE, LONG.toSeconds());
            node.workloads().budget("quick", 0);
            node.workloads().budget("slow", 0);
            await("the pods run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> running(node, "quick") && running(node, "slow"));
            long mark = node.plane().auditLog().mark();
            node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                    .config("lastcall.drain.safety-margin", MARGIN.toSeconds() + "s")
                    .config("lastcall.drain.force", force));
            String quick = nameOf(node, "quick");
            String slow = nameOf(node, "slow");
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            await("the end was told")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !Traces.onNode(node, "DrainCompleted").isEmpty()
                            || !Traces.onNode(node, "DrainFailed").isEmpty());
            return new Drained(node, proxy, mark, quick, slow, report);
        } catch (Exception | Error failed) {
            node.close();
            throw failed;
        }
    }

    @Test
    void a_refused_eviction_is_asked_again_at_a_bounded_rate_that_falls() {
        for (Drained drained : List.of(spot, never)) {
            Instant quick = Traces.forcePoint(drained.report(), MARGIN, SHORT);
            Instant slow = Traces.forcePoint(drained.report(), MARGIN, LONG);
            retriesSlowly(Traces.evictions(drained.node(), drained.mark(), drained.quick()), quick);
            retriesSlowly(Traces.evictions(drained.node(), drained.mark(), drained.slow()), slow);
        }
    }

    private static void retriesSlowly(List<AuditEvent> evictions, Instant forcePoint) {
        assertThat(evictions).hasSizeGreaterThanOrEqualTo(3).allMatch(eviction -> eviction.code() == 429);
        // From one answer to the next request: 0.2 s, doubled each time up to 5 s, never shorter. No pause reaches past
        // the force
        // point, though: there the budget is asked once more, whenever it was asked before.
        for (int i = 1; i < evictions.size(); i++) {
            if (evictions.get(i - 1).stageAt().isBefore(forcePoint)
                    && !evictions.get(i).received().isBefore(forcePoint)) {
                continue;
            }
            Duration pause = Duration.between(
                    evictions.get(i - 1).stageAt(), evictions.get(i).received());
            assertThat(pause).isGreaterThanOrEqualTo(Duration.ofMillis(Math.min(5_000, 200L << (i - 1))));
        }
        for (AuditEvent from : evictions) {
            assertThat(evictions)
                    .filteredOn(eviction -> !eviction.received().isBefore(from.received())
                            && eviction.received().isBefore(from.received().plusSeconds(1)))
                    .hasSizeLessThanOrEqualTo(5);
        }
    }

    @Test
    void on_a_spot_notice_the_pod_is_deleted_at_its_force_point_and_never_before() {
        deletedOnceNotBefore(spot.quick(), Traces.forcePoint(spot.report(), MARGIN, SHORT));
        deletedOnceNotBefore(spot.slow(), Traces.forcePoint(spot.report(), MARGIN, LONG));
        assertThat(spot.report().path("pods").path("forced").asInt()).isEqualTo(2);
        assertThat(spot.report().path("pods").path("failed").asInt()).isZero();
        assertThat(spot.report().path("outcome").asText()).isEqualTo("done");
    }

    private static void deletedOnceNotBefore(String pod, Instant forcePoint) {
        List<AuditEvent> deletions = Traces.deletions(spot.node(), spot.mark(), pod);
        assertThat(deletions).singleElement().satisfies(deletion -> {
            assertThat(deletion.code()).isEqualTo(200);
            assertThat(deletion.received()).isAfterOrEqualTo(forcePoint);
        });
        assertThat(Traces.evictions(spot.node(), spot.mark(), pod).getFirst().received())
                .isBefore(deletions.getFirst().received());
    }

    @Test
    void a_forced_pod_keeps_a_grace_of_at_least_a_second_and_its_identity_is_checked() {
        assertThat(spot.proxy().requests("DELETE", ".*/pods/.*")).hasSize(2).allSatisfy(request -> {
            JsonNode body = Traces.body(request);
            assertThat(body.path("gracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(1);
            assertThat(body.path("preconditions").path("uid").asText()).isNotEmpty();
        });
    }

    @Test
    void where_force_is_never_nothing_is_deleted_and_the_report_says_failed() {
        assertThat(never.proxy().requests("DELETE", ".*")).isEmpty();
        assertThat(running(never.node(), "quick")).isTrue();
        assertThat(running(never.node(), "slow")).isTrue();
        assertThat(never.report().path("outcome").asText()).isEqualTo("failed");
        assertThat(never.report().path("pods").path("failed").asInt()).isEqualTo(2);
        assertThat(never.report().path("findings").toString())
                .contains(never.quick())
                .contains(never.slow());
        assertThat(never.node().phase()).isEqualTo("failed");
    }

    @Test
    void what_happened_stands_in_the_events_of_the_pods() {
        assertThat(Traces.onPods(spot.node(), "EvictionBlocked"))
                .extracting(event -> event.getInvolvedObject().getName())
                .containsExactlyInAnyOrder(spot.quick(), spot.slow());
        assertThat(Traces.onPods(spot.node(), "PodForced"))
                .extracting(event -> event.getInvolvedObject().getName())
                .containsExactlyInAnyOrder(spot.quick(), spot.slow());
        assertThat(Traces.onPods(never.node(), "EvictionBlocked")).hasSize(2);
        assertThat(Traces.onPods(never.node(), "PodForced")).isEmpty();
        assertThat(Traces.onNode(never.node(), "DrainFailed")).hasSize(1);
    }

    @Test
    void each_refusal_is_counted_once() throws Exception {
        long refused = Traces.evictions(never.node(), never.mark(), never.quick())
                        .size()
                + Traces.evictions(never.node(), never.mark(), never.slow()).size();
        assertThat(never.node()
                        .agent()
                        .get("/metrics")
                        .body()
                        .lines()
                        .filter(line -> line.startsWith("lastcall_evictions_total{") && line.contains("\"blocked\""))
                        .toList())
                .singleElement()
                .satisfies(line -> assertThat(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                        .isEqualTo(refused));
    }

    private static boolean running(Scenario node, String app) {
        return node.workloads().pods(app).stream()
                .anyMatch(pod -> "Running".equals(pod.getStatus().getPhase())
                        && pod.getMetadata().getDeletionTimestamp() == null);
    }

    private static String nameOf(Scenario node, String app) {
        return node.workloads().pods(app).getFirst().getMetadata().getName();
    }
}
