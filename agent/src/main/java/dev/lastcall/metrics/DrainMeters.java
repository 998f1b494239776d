package dev.lastcall.metrics;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainPhase;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.DrainStatus;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStage;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.Workload;
import dev.lastcall.serving.ServingCensus;
import dev.lastcall.serving.ServingCensus.Doomed;
import dev.lastcall.serving.ServingCensus.Standing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * What is measured of drains and of the requests in them. No node or notice id becomes a label. Made at the start: a counter that
 * appears with its first event has no increase that a rate could see.
 */
@Startup
@Singleton
public class DrainMeters implements ServingCensus.Gauges {
    private static final Duration[] DRAIN_BUCKETS = {
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(15),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(120),
        Duration.ofSeconds(300),
        Duration.ofSeconds(600),
        Duration.ofSeconds(1800),
        Duration.ofSeconds(3600)
    };

    private static final MetricSpec DURATION = MetricSpec.histogram(
            "drain_duration_seconds", "seconds", List.of("outcome"), "How long drains took, from notice to report", "");
    private static final MetricSpec EVICTIONS = MetricSpec.counter(
            "evictions_total",
            "",
            List.of("result"),
            "Pods by how their part in a drain ended (evicted, forced, failed; gone = by itself or deleted by others) and refused evictions (blocked)",
            "");
    private static final MetricSpec PENDING =
            MetricSpec.gauge("drain_pods_pending", "", List.of(), "Pods that the running drain still waits for", "");
    private static final MetricSpec FORCED = MetricSpec.counter(
            "drain_forced_pods_total",
            "",
            List.of(),
            "Pods deleted at their force point because their eviction was still not granted",
            "");
    private static final MetricSpec DRAINS = MetricSpec.counter(
            "drains_total",
            "",
            List.of("kind", "outcome"),
            "Drains that have ended",
            "before the first drain has ended");
    private static final MetricSpec SERVING = MetricSpec.gauge(
            "serving_pods",
            "",
            List.of("engine", "state"),
            "Serving pods of this node: in rotation, out of it, idle, or gone in the running drain",
            "while no serving pod has been seen");
    private static final MetricSpec KEPT = MetricSpec.gauge(
            "serving_kept_in_rotation",
            "",
            List.of("namespace", "workload"),
            "Doomed serving pods that stay in rotation because too few others of their service serve",
            "while there is no such pod");
    private static final MetricSpec UNUSED = MetricSpec.gauge(
            "drain_unused_notice_seconds",
            "seconds",
            List.of(),
            "Time left when the last serving pod was gone, in the last drain; near 0 = the notice was barely long enough",
            "before the first drain with a serving pod and a deadline has ended");
    private static final MetricSpec IN_FLIGHT = MetricSpec.gauge(
            "serving_inflight_requests",
            "",
            List.of("namespace", "pod"),
            "Requests running and waiting in a serving pod at its last reading",
            "while no drain is running");
    private static final MetricSpec DOOMED_PODS = MetricSpec.gauge(
            "doomed_pods",
            "",
            List.of("namespace", "workload"),
            "Serving pods on this node, which has been told that it will be reclaimed. Scale out by this number",
            "while the node is not at risk");
    private static final MetricSpec DOOMED_GPUS = MetricSpec.gauge(
            "doomed_gpus",
            "",
            List.of(),
            "GPUs on this node, which has been told that it will be reclaimed",
            "while the node is not at risk");
    private static final MetricSpec DOOMED_DEADLINE = MetricSpec.gauge(
            "doomed_deadline_timestamp_seconds",
            "seconds",
            List.of(),
            "When the node, and its serving pods and GPUs with it, is expected to be gone",
            "while no deadline is known");

    /** The catalogue of this group. */
    static final List<MetricSpec> SPECS = Stream.concat(
                    RequestMeters.SPECS.stream(),
                    Stream.of(
                            DURATION,
                            EVICTIONS,
                            PENDING,
                            FORCED,
                            DRAINS,
                            SERVING,
                            KEPT,
                            UNUSED,
                            IN_FLIGHT,
                            DOOMED_PODS,
                            DOOMED_GPUS,
                            DOOMED_DEADLINE))
            .toList();

    private record AtRisk(Optional<Doomed> doomed) {}

    private final PrometheusMeterRegistry registry;
    private final SnapshotCollector<Map<Standing, Long>> serving = new SnapshotCollector<>(DrainMeters::writeServing);
    private final SnapshotCollector<Map<Workload, Long>> kept = new SnapshotCollector<>(DrainMeters::writeKept);
    private final SnapshotCollector<Long> unused =
            new SnapshotCollector<>((millis, out) -> out.add(UNUSED, millis / 1000.0));
    private final SnapshotCollector<List<PodStatus>> running = new SnapshotCollector<>(DrainMeters::writeInFlight);
    private final SnapshotCollector<AtRisk> doomed = new SnapshotCollector<>(DrainMeters::writeDoomed);
    private final AtomicLong pending = new AtomicLong();
    private final RequestMeters requests;

    public DrainMeters(PrometheusMeterRegistry registry) {
        this.registry = registry;
        this.requests = new RequestMeters(registry);
        List.of(serving, kept, unused, running, doomed)
                .forEach(collector -> collector.register(registry.getPrometheusRegistry()));
        gauge(PENDING, pending);
        for (String result : List.of("evicted", "blocked", "forced", "gone", "failed")) {
            counter(EVICTIONS, "result", result);
        }
        counter(FORCED);
        // From the start, so that increase() sees the first drain of a node, which may be its last.
        Stream.of(DrainPhase.DONE, DrainPhase.FAILED, DrainPhase.CANCELLED)
                .map(DrainPhase::label)
                .forEach(this::duration);
    }

    /** Counts one event of a drain. */
    public void count(DrainEvent event) {
        switch (event) {
            case DrainEvent.Blocked _ -> counter(EVICTIONS, "result", "blocked").increment();
            case DrainEvent.PodEnded ended
            when ended.result() != PodResult.KEPT -> {
                counter(EVICTIONS, "result", ended.result().name().toLowerCase(Locale.ROOT))
                        .increment();
                if (ended.result() == PodResult.FORCED) {
                    counter(FORCED).increment();
                }
            }
            // What a dry run says stands in its report; a metric is about what was done.
            case DrainEvent.Completed completed
            when !completed.report().dryRun() -> completed(completed.report(), completed.took());
            default -> {
                // The others are for people: Events and the log.
            }
        }
    }

    private void completed(DrainReport report, Duration took) {
        counter(DRAINS, "kind", report.kind().label(), "outcome", report.outcome())
                .increment();
        duration(report.outcome()).record(took);
        Long left = report.unusedNoticeMs();
        if (left != null) {
            unused.publish(left);
        }
    }

    /** The running drain's pods as they stand; an empty list when none is running. */
    public void running(List<PodStatus> pods) {
        pending.set(pods.stream().filter(pod -> !pod.stage().ended()).count());
        running.publish(pods);
    }

    private static void writeInFlight(List<PodStatus> pods, Exposition out) {
        for (PodStatus pod : pods) {
            Long inFlight = pod.inFlight();
            if (inFlight != null && pod.stage() != PodStage.GONE) {
                out.add(IN_FLIGHT, inFlight, pod.pod().namespace(), pod.pod().name());
            }
        }
    }

    /** The drain that runs, or ran last: what became of the requests so far. */
    public void requests(DrainStatus drain) {
        requests.count(drain);
    }

    @Override
    public void workloads(Set<Workload> seen) {
        requests.seen(seen);
    }

    @Override
    public void servingPods(Map<Standing, Long> counts) {
        serving.publish(new TreeMap<>(counts));
    }

    private static void writeServing(Map<Standing, Long> counts, Exposition out) {
        counts.forEach((pods, count) ->
                out.add(SERVING, count, pods.engine(), pods.state().label()));
    }

    @Override
    public void keptInRotation(Map<Workload, Long> workloads) {
        kept.publish(new TreeMap<>(workloads));
    }

    private static void writeKept(Map<Workload, Long> workloads, Exposition out) {
        workloads.forEach((workload, count) -> out.add(KEPT, count, workload.namespace(), workload.name()));
    }

    @Override
    public void doomed(Optional<Doomed> now) {
        doomed.publish(new AtRisk(now));
    }

    private static void writeDoomed(AtRisk now, Exposition out) {
        now.doomed().ifPresent(doomed -> {
            new TreeMap<>(doomed.workloads())
                    .forEach((workload, count) -> out.add(DOOMED_PODS, count, workload.namespace(), workload.name()));
            out.add(DOOMED_GPUS, doomed.gpus());
            Instant deadline = doomed.deadline();
            if (deadline != null) {
                out.add(DOOMED_DEADLINE, deadline.toEpochMilli() / 1000.0);
            }
        });
    }

    private Timer duration(String outcome) {
        return Timer.builder(DURATION.meterName().replace(".seconds", ""))
                .description(DURATION.help())
                .tag("outcome", outcome)
                .serviceLevelObjectives(DRAIN_BUCKETS)
                .register(registry);
    }

    private void gauge(MetricSpec spec, AtomicLong value) {
        Gauge.builder(spec.meterName(), value, AtomicLong::doubleValue)
                .description(spec.help())
                .strongReference(true)
                .register(registry);
    }

    private Counter counter(MetricSpec spec, String... tags) {
        return Counter.builder(spec.meterName())
                .description(spec.help())
                .tags(tags)
                .register(registry);
    }
}
