package dev.lastcall.metrics;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainReport;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.serving.ServingCensus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

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
            "drain_duration_seconds",
            "seconds",
            List.of("outcome"),
            "How long drains took, from notice to report",
            "before the first drain has ended");
    private static final MetricSpec EVICTIONS = MetricSpec.counter(
            "evictions_total",
            "",
            List.of("result"),
            "Pods by how their part in a drain ended (evicted, forced, gone, failed) and evictions refused by a budget (blocked)",
            "");
    private static final MetricSpec PENDING =
            MetricSpec.gauge("drain_pods_pending", "", List.of(), "Pods that the running drain still waits for", "");
    private static final MetricSpec FORCED = MetricSpec.counter(
            "drain_forced_pods_total",
            "",
            List.of(),
            "Pods deleted at their force point although a budget refused",
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
            "Time between the moment the last serving pod was gone and the deadline, in the last drain",
            "before the first drain with a serving pod and a deadline has ended");
    private static final MetricSpec IN_FLIGHT = MetricSpec.gauge(
            "serving_inflight_requests",
            "",
            List.of("namespace", "pod"),
            "Requests running and waiting in a serving pod at its last reading",
            "while no drain is running");
    private static final MetricSpec AT_NOTICE = MetricSpec.counter(
            "inference_requests_at_notice_total",
            "",
            List.of(),
            "Requests in flight at the first reading after a notice",
            "");
    private static final MetricSpec ADMITTED = MetricSpec.counter(
            "inference_requests_admitted_after_notice_total",
            "",
            List.of(),
            "Requests that reached a doomed pod after that reading",
            "");
    private static final MetricSpec FINISHED = MetricSpec.counter(
            "inference_requests_finished_total", "", List.of(), "Requests that finished during drains", "");
    private static final MetricSpec LOST = MetricSpec.counter(
            "inference_requests_lost_total",
            "",
            List.of("reason"),
            "Requests that did not finish: aborted by the engine, or in flight when it went away",
            "");
    private static final MetricSpec UNKNOWN = MetricSpec.counter(
            "inference_requests_unknown_total",
            "",
            List.of(),
            "Requests that vanished uncounted before any termination signal",
            "");
    private static final MetricSpec DOOMED_PODS = MetricSpec.gauge(
            "doomed_pods",
            "",
            List.of("namespace", "workload"),
            "Serving pods that this node will take with it",
            "while the node is not at risk");
    private static final MetricSpec DOOMED_GPUS =
            MetricSpec.gauge("doomed_gpus", "", List.of(), "GPUs that this node will take with it", "");
    private static final MetricSpec DOOMED_DEADLINE = MetricSpec.gauge(
            "doomed_deadline_timestamp_seconds",
            "seconds",
            List.of(),
            "When they are gone",
            "while no deadline is known");

    /** The catalogue of this group. */
    static final List<MetricSpec> SPECS = List.of(
            DURATION,
            EVICTIONS,
            PENDING,
            FORCED,
            DRAINS,
            SERVING,
            KEPT,
            UNUSED,
            IN_FLIGHT,
            AT_NOTICE,
            ADMITTED,
            FINISHED,
            LOST,
            UNKNOWN,
            DOOMED_PODS,
            DOOMED_GPUS,
            DOOMED_DEADLINE);

    /** @param deadlineSeconds Unix time; NaN where none is known */
    private record Doomed(Map<String, Long> workloads, double deadlineSeconds) {}

    private final PrometheusMeterRegistry registry;
    private final SnapshotCollector<Map<String, Long>> serving = new SnapshotCollector<>(DrainMeters::writeServing);
    private final SnapshotCollector<Map<String, Long>> kept = new SnapshotCollector<>(DrainMeters::writeKept);
    private final SnapshotCollector<Long> unused =
            new SnapshotCollector<>((millis, out) -> out.add(UNUSED, millis / 1000.0));
    private final SnapshotCollector<List<PodStatus>> running = new SnapshotCollector<>(DrainMeters::writeInFlight);
    private final SnapshotCollector<Doomed> doomed = new SnapshotCollector<>(DrainMeters::writeDoomed);
    private final AtomicLong pending = new AtomicLong();
    private final AtomicLong doomedGpus = new AtomicLong();

    public DrainMeters(PrometheusMeterRegistry registry) {
        this.registry = registry;
        List.of(serving, kept, unused, running, doomed)
                .forEach(collector -> collector.register(registry.getPrometheusRegistry()));
        gauge(PENDING, pending);
        gauge(DOOMED_GPUS, doomedGpus);
        for (String result : List.of("evicted", "blocked", "forced", "gone", "failed")) {
            counter(EVICTIONS, "result", result);
        }
        List.of(FORCED, AT_NOTICE, ADMITTED, FINISHED, UNKNOWN).forEach(this::counter);
        counter(LOST, "reason", "aborted");
        counter(LOST, "reason", "in_flight");
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
        Timer.builder(DURATION.meterName().replace(".seconds", ""))
                .description(DURATION.help())
                .tag("outcome", report.outcome())
                .serviceLevelObjectives(DRAIN_BUCKETS)
                .register(registry)
                .record(took);
        Long left = report.unusedNoticeMs();
        if (left != null) {
            unused.publish(left);
        }
        RequestCounts requests = report.requests();
        if (requests != null) {
            counter(AT_NOTICE).increment(requests.atNotice());
            counter(ADMITTED).increment(requests.admittedAfter());
            counter(FINISHED).increment(requests.finished());
            counter(LOST, "reason", "aborted").increment(requests.aborted());
            counter(LOST, "reason", "in_flight").increment(requests.inFlight());
            counter(UNKNOWN).increment(requests.unknown());
        }
    }

    /** The running drain's pods as they stand; an empty list when none is running. */
    public void running(List<PodStatus> pods) {
        pending.set(pods.stream()
                .filter(pod -> !List.of("gone", "failed", "kept").contains(pod.stage()))
                .count());
        running.publish(pods);
    }

    private static void writeInFlight(List<PodStatus> pods, Exposition out) {
        for (PodStatus pod : pods) {
            Long inFlight = pod.inFlight();
            if (inFlight != null && !pod.stage().equals("gone")) {
                out.add(IN_FLIGHT, inFlight, pod.pod().namespace(), pod.pod().name());
            }
        }
    }

    @Override
    public void servingPods(Map<String, Long> counts) {
        serving.publish(new TreeMap<>(counts));
    }

    private static void writeServing(Map<String, Long> counts, Exposition out) {
        counts.forEach((key, count) -> {
            int slash = key.lastIndexOf('/');
            out.add(SERVING, count, key.substring(0, slash), key.substring(slash + 1));
        });
    }

    @Override
    public void keptInRotation(Map<String, Long> workloads) {
        kept.publish(new TreeMap<>(workloads));
    }

    private static void writeKept(Map<String, Long> workloads, Exposition out) {
        workloads.forEach((key, count) -> {
            int slash = key.indexOf('/');
            out.add(KEPT, count, key.substring(0, slash), key.substring(slash + 1));
        });
    }

    @Override
    public void doomed(Map<String, Long> workloads, int gpus, double deadlineSeconds) {
        doomedGpus.set(gpus);
        doomed.publish(new Doomed(new TreeMap<>(workloads), deadlineSeconds));
    }

    private static void writeDoomed(Doomed doomed, Exposition out) {
        doomed.workloads().forEach((key, count) -> {
            int slash = key.indexOf('/');
            out.add(DOOMED_PODS, count, key.substring(0, slash), key.substring(slash + 1));
        });
        if (!Double.isNaN(doomed.deadlineSeconds())) {
            out.add(DOOMED_DEADLINE, doomed.deadlineSeconds());
        }
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
