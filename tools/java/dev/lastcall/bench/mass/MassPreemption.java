package dev.lastcall.bench.mass;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.Outage;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.router.Router;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * {@code make bench ONLY=mass}: every node of one workload goes within ten seconds, clients go on asking. Once with the rule that keeps
 * the last in rotation, once without.
 */
public final class MassPreemption {
    private static final int NODES = 50;
    private static final Duration SPREAD = Duration.ofSeconds(10);
    private static final Duration WINDOW = Duration.ofSeconds(60);
    private static final Duration COLD_START = Duration.ofSeconds(20);

    private MassPreemption() {}

    /** A Markdown table, or why there is none: fifty agents on a JVM each don't fit on one machine. */
    public static String measure() throws Exception {
        Path executable = Path.of("target/lastcall-agent").toAbsolutePath();
        if (!Files.isExecutable(executable)) {
            return "Mass preemption: left out, target/lastcall-agent is not there; make native builds it\n";
        }
        System.setProperty("lastcall.agent", executable.toString());
        return measure(NODES);
    }

    static String measure(int nodes) throws Exception {
        StringBuilder table = new StringBuilder("""
            | keep-in-rotation | finished | lost | turned away | nobody in rotation | answer to cordon, p50 / p99 | evicted / forced / left by themselves / left behind | evictions asked for: granted / refused / neither | their answers, p50 / longest | requests of the agents to the API server: in all, most in a second |
            |---|---|---|---|---|---|---|---|---|---|
            """);
        for (String keep : List.of("budget", "0")) {
            table.append(row(nodes, keep));
        }
        return table.toString();
    }

    private static String row(int nodes, String keep) throws Exception {
        try (ControlPlane plane = ControlPlane.start();
                DoomedFleet fleet = new DoomedFleet(plane, "mass-" + keep)) {
            fleet.serve(nodes, COLD_START, nodes * 4 / 5);
            try (Router router = Router.start(RotationRule.LABEL, Duration.ofMillis(300))) {
                router.watch(plane.client(), fleet.namespace(), Map.of("app", DoomedFleet.APP));
                fleet.agents(keep);
                try (LoadClient load = LoadClient.start(
                        router.address(), LoadPlan.rate(20).lasting(Duration.ofSeconds(2), Duration.ofSeconds(4)))) {
                    long before = plane.auditLog().mark();
                    Instant began = Instant.now();
                    fleet.interrupt(SPREAD, WINDOW);
                    load.stopArrivals();
                    Tally clients = load.await(Duration.ofMinutes(2));
                    List<AuditEvent> asked = plane.auditLog().requestsOf(ControlPlane.AGENT, before);
                    return row(
                            keep, clients, Outage.of(router.changes(), began, Instant.now()), fleet.reports(), asked);
                }
            }
        }
    }

    private static String row(
            String keep, Tally clients, Duration empty, List<JsonNode> reports, List<AuditEvent> asked) {
        List<Double> cordons = reports.stream()
                .map(report -> report.path("cordonedAfterMs").asDouble(Double.NaN))
                .sorted()
                .toList();
        Map<Long, Long> bySecond = asked.stream()
                .collect(Collectors.groupingBy(event -> event.received().getEpochSecond(), Collectors.counting()));
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %.1f s | %.0f / %.0f ms (n = %d) | %d / %d / %d / %d | %s | %d, %d |%n",
                keep,
                clients.finished(),
                clients.lost().size(),
                clients.rejected(),
                empty.toMillis() / 1000.0,
                cordons.get(cordons.size() / 2),
                cordons.get((int) Math.ceil(0.99 * cordons.size()) - 1),
                cordons.size(),
                sum(reports, report -> report.at("/pods/evicted").asLong()),
                sum(reports, report -> report.at("/pods/forced").asLong()),
                sum(reports, report -> report.at("/pods/gone").asLong()),
                sum(reports, report -> report.at("/pods/failed").asLong()),
                evictions(asked),
                asked.size(),
                bySecond.values().stream().mapToLong(each -> each).max().orElse(0));
    }

    /** As the API server saw them: one that an agent stopped waiting for is in here with the time it took all the same. */
    private static String evictions(List<AuditEvent> asked) {
        List<AuditEvent> evictions = asked.stream()
                .filter(event -> event.subresource().equals("eviction"))
                .toList();
        List<Long> millis = evictions.stream()
                .map(event ->
                        Duration.between(event.received(), event.stageAt()).toMillis())
                .sorted()
                .toList();
        long granted = evictions.stream().filter(event -> event.code() < 300).count();
        long refused = evictions.stream().filter(event -> event.code() == 429).count();
        return String.format(
                Locale.ROOT,
                "%d / %d / %d | %s",
                granted,
                refused,
                evictions.size() - granted - refused,
                millis.isEmpty() ? "–" : millis.get(millis.size() / 2) + " / " + millis.getLast() + " ms");
    }

    private static long sum(List<JsonNode> reports, ToLongFunction<JsonNode> of) {
        return reports.stream().mapToLong(of).sum();
    }
}
