package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Promise 1: no request is lost that could have finished. Nine doomed nodes side by side, three notice lengths times
 * three kinds of router, engines that drop everything on SIGTERM; the clients' truth beside the agents' ledgers.
 */
@Tag("alone")
class ZeroLostIT {
    /** No request is shorter, and arrivals begin less than this before the notice: all of them end after it. */
    private static final Duration SHORTEST = Duration.ofSeconds(6);

    private static final Duration ARRIVALS = Duration.ofSeconds(3);
    private static final double PER_SECOND = 12;
    /** Nine control loops coming up at once on two cores time each other out; the drains themselves run side by side. */
    private static final Semaphore STARTING = new Semaphore(2, true);

    private record Cell(RotationRule router, Duration notice, Duration longest) {
        String name() {
            return router.name().toLowerCase(java.util.Locale.ROOT) + "-" + notice.toSeconds();
        }
    }

    private record Outcome(Cell cell, Tally truth, JsonNode report, long inFlightAtNotice) {}

    @Test
    void no_request_is_lost_in_any_router_mode_at_any_notice_length() throws Exception {
        List<Outcome> outcomes = new ArrayList<>();
        try (ExecutorService cells = Executors.newVirtualThreadPerTaskExecutor()) {
            ControlPlane.shared();
            List<Future<Outcome>> running = new ArrayList<>();
            for (RotationRule router : RotationRule.values()) {
                running.add(cells.submit(() -> run(new Cell(router, Duration.ofSeconds(120), Duration.ofSeconds(75)))));
                running.add(cells.submit(() -> run(new Cell(router, Duration.ofSeconds(30), Duration.ofSeconds(16)))));
                running.add(cells.submit(() -> run(new Cell(router, Duration.ofSeconds(15), Duration.ofSeconds(7)))));
            }
            for (Future<Outcome> cell : running) {
                outcomes.add(cell.get());
            }
        }
        print(outcomes);
        SoftAssertions claims = new SoftAssertions();
        outcomes.forEach(outcome -> judge(claims, outcome));
        claims.assertAll();
        assertThat(outcomes.stream().mapToLong(Outcome::inFlightAtNotice).sum())
                .as("requests in flight across the notices")
                .isGreaterThanOrEqualTo(200);
    }

    private static Outcome run(Cell cell) throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), cell.name())) {
            STARTING.acquire();
            try {
                node.workloads()
                        .serving("llm", 3, cell.router(), 60, "vllm", "serve", "tiny", "--lastcall-flush-ms", "500");
                node.route(cell.router(), Duration.ofMillis(500), "llm");
                node.startAgent();
                node.awaitRouted(3);
            } finally {
                STARTING.release();
            }
            // No replacement joins the router: what it cannot send to the doomed pods any more is rejected, not lost.
            LoadClient load = node.load(
                    LoadPlan.rate(PER_SECOND).lasting(SHORTEST, cell.longest()).newRequestsFor(ARRIVALS));
            Awaitility.await("a good part of the load is under way")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> load.inFlight() >= 24);
            long inFlight = load.inFlight();
            node.interrupt(cell.notice());
            JsonNode report = node.awaitReport(cell.notice().plusSeconds(20));
            return new Outcome(cell, load.await(Duration.ofSeconds(60)), report, inFlight);
        }
    }

    private static void judge(SoftAssertions claims, Outcome outcome) {
        String cell = outcome.cell().name();
        JsonNode requests = outcome.report().path("requests");
        // The engine names its pod in every answer: these, and only these, were the doomed pods' to finish.
        long served = outcome.truth().finished();
        claims.assertThat(outcome.truth().lost())
                .as(cell + ": lost, by the clients")
                .isEmpty();
        claims.assertThat(requests.path("lost").asLong(-1))
                .as(cell + ": lost, by the agent")
                .isZero();
        claims.assertThat(requests.path("unknown").asLong(-1))
                .as(cell + ": unknown")
                .isZero();
        claims.assertThat(requests.path("finished").asLong(-1))
                .as(cell + ": finished")
                .isEqualTo(served);
        claims.assertThat(requests.path("atNotice").asLong()
                        + requests.path("admittedAfter").asLong())
                .as(cell + ": at notice + admitted after")
                .isEqualTo(served);
        claims.assertThat(outcome.report().path("outcome").asText()).as(cell).isEqualTo("done");
        claims.assertThat(outcome.report().path("pods").path("forced").asInt(-1))
                .as(cell + ": forced")
                .isZero();
    }

    private static void print(List<Outcome> outcomes) {
        System.out.printf(
                "%n%-16s %8s %9s %6s %9s | %9s %9s %9s %5s %8s %9s%n",
                "router-notice",
                "finished",
                "rejected",
                "lost",
                "in flight",
                "at notice",
                "admitted",
                "finished",
                "lost",
                "cordon",
                "unused");
        for (Outcome outcome : outcomes) {
            JsonNode requests = outcome.report().path("requests");
            System.out.printf(
                    "%-16s %8d %9d %6d %9d | %9d %9d %9d %5d %5d ms %6d ms%n",
                    outcome.cell().name(),
                    outcome.truth().finished(),
                    outcome.truth().rejected(),
                    outcome.truth().lost().size(),
                    outcome.inFlightAtNotice(),
                    requests.path("atNotice").asLong(),
                    requests.path("admittedAfter").asLong(),
                    requests.path("finished").asLong(),
                    requests.path("lost").asLong(),
                    outcome.report().path("cordonedAfterMs").asLong(),
                    outcome.report().path("unusedNoticeMs").asLong());
        }
    }
}
