package dev.lastcall.metrics;

import dev.lastcall.drain.DrainStatus;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.Workload;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of requests in drains, by workload. The counters move with every reading of an engine, so that the last
 * scrape before the machine is cut has nearly all of it; a workload's counters stand at 0 from the moment one of its
 * serving pods is seen here, so that {@code increase()} sees the first request too.
 *
 * <p>After a restart in the middle of a drain they count on from the first reading: what was counted before it, the
 * counters of the process before have shown.
 */
final class RequestMeters {
    private static final MetricSpec AT_NOTICE = MetricSpec.counter(
            "inference_requests_at_notice_total",
            "",
            List.of("namespace", "workload"),
            "Requests in flight at the first reading after a notice",
            "while no serving pod has been seen");
    private static final MetricSpec ADMITTED = MetricSpec.counter(
            "inference_requests_admitted_after_notice_total",
            "",
            List.of("namespace", "workload"),
            "Requests that reached a doomed pod after the first reading after a notice",
            "while no serving pod has been seen");
    private static final MetricSpec FINISHED = MetricSpec.counter(
            "inference_requests_finished_total",
            "",
            List.of("namespace", "workload"),
            "Requests that finished during drains",
            "while no serving pod has been seen");
    private static final MetricSpec LOST = MetricSpec.counter(
            "inference_requests_lost_total",
            "",
            List.of("namespace", "workload", "reason"),
            "Requests that did not finish: aborted by the engine, or in flight when it went away",
            "while no serving pod has been seen");
    private static final MetricSpec UNKNOWN = MetricSpec.counter(
            "inference_requests_unknown_total",
            "",
            List.of("namespace", "workload"),
            "Requests whose end nobody counted, mostly because the client disconnected",
            "while no serving pod has been seen");

    /** The catalogue of this group. */
    static final List<MetricSpec> SPECS = List.of(AT_NOTICE, ADMITTED, FINISHED, LOST, UNKNOWN);

    private final SnapshotCollector<Map<Workload, RequestCounts>> shown = new SnapshotCollector<>(RequestMeters::write);
    private final Map<Workload, RequestCounts> totals = new TreeMap<>();
    private final Map<String, RequestCounts> counted = new HashMap<>();
    private @Nullable Instant drain;

    RequestMeters(PrometheusMeterRegistry registry) {
        shown.register(registry.getPrometheusRegistry());
    }

    /**
     * The workloads with a serving pod here: their counters exist from now on. One that has left without a request in a
     * drain takes its counters along, or a node on which batch jobs come and go would keep six series of each for ever.
     */
    synchronized void seen(Set<Workload> workloads) {
        boolean fresh = totals.entrySet()
                .removeIf(total -> total.getValue().equals(RequestCounts.NONE) && !workloads.contains(total.getKey()));
        for (Workload workload : workloads) {
            fresh |= totals.putIfAbsent(workload, RequestCounts.NONE) == null;
        }
        if (fresh) {
            publish();
        }
    }

    /** Counts on from what was counted of this drain before. */
    synchronized void count(DrainStatus now) {
        if (!now.begun().equals(drain)) {
            counted.clear();
            drain = now.begun();
        }
        boolean moved = false;
        for (PodStatus pod : now.pods()) {
            RequestCounts counts = pod.requests();
            if (counts == null) {
                continue;
            }
            RequestCounts before = counted.put(pod.pod().uid(), counts);
            if (before == null) {
                before = now.resumed() ? counts : RequestCounts.NONE;
            }
            RequestCounts since = counts.since(before);
            if (!since.equals(RequestCounts.NONE)) {
                totals.merge(pod.workload(), since, RequestCounts::plus);
                moved = true;
            }
        }
        if (moved) {
            publish();
        }
    }

    private void publish() {
        shown.publish(Map.copyOf(totals));
    }

    private static void write(Map<Workload, RequestCounts> totals, Exposition out) {
        new TreeMap<>(totals).forEach((workload, counts) -> {
            String namespace = workload.namespace();
            String name = workload.name();
            out.add(AT_NOTICE, counts.atNotice(), namespace, name);
            out.add(ADMITTED, counts.admittedAfter(), namespace, name);
            out.add(FINISHED, counts.finished(), namespace, name);
            out.add(LOST, counts.aborted(), namespace, name, "aborted");
            out.add(LOST, counts.inFlight(), namespace, name, "in_flight");
            out.add(UNKNOWN, counts.unknown(), namespace, name);
        });
    }
}
