package dev.lastcall.metrics;

import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.watch.SourceNews;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** What is measured of notices and of their sources. No node, event or pod id ever becomes a label. */
@Singleton
public class NoticeMeters implements SourceNews {

    static final MetricSpec SOURCE_UP = MetricSpec.gauge(
            "notice_source_up",
            "",
            List.of("source"),
            "1 while the last reading of this source succeeded",
            "no metadata service is asked");

    static final MetricSpec LAST_SUCCESS = MetricSpec.gauge(
            "notice_source_last_success_timestamp_seconds",
            "seconds",
            List.of("source"),
            "When this source last answered",
            "the source has not answered yet");

    static final MetricSpec ERRORS = MetricSpec.counter(
            "notice_source_errors_total",
            "",
            List.of("source", "code"),
            "Failed readings of this source, by HTTP status or kind of failure",
            "there was no such failure");

    static final MetricSpec NOTICES = MetricSpec.counter(
            "notices_total",
            "",
            List.of("source", "kind"),
            "Notices, each counted once",
            "the source is not read here, or it does not send this kind");

    static final MetricSpec ACTIVE = MetricSpec.gauge(
            "notice_active", "", List.of("kind"), "1 while a notice of this kind is known and not over", "");

    static final MetricSpec DEADLINE = MetricSpec.gauge(
            "notice_deadline_timestamp_seconds",
            "seconds",
            List.of("kind"),
            "Time at which the node is gone, by the earliest known notice of this kind",
            "no notice with a deadline is known");

    static final MetricSpec TO_CORDON = MetricSpec.histogram(
            "notice_to_cordon_seconds",
            "seconds",
            List.of(),
            "Time from the last byte of the answer that announced a notice to the API server's answer to the cordon",
            "");

    /** The group of the catalogue. */
    static final List<MetricSpec> SPECS =
            List.of(SOURCE_UP, LAST_SUCCESS, ERRORS, NOTICES, ACTIVE, DEADLINE, TO_CORDON);

    private final PrometheusMeterRegistry registry;
    private final Map<SourceId, SourceHealth> health = new ConcurrentHashMap<>();
    private final SnapshotCollector<List<Notice>> notices = new SnapshotCollector<>(NoticeMeters::write);
    private final Timer toCordon;

    public NoticeMeters(PrometheusMeterRegistry registry) {
        this.registry = registry;
        notices.register(registry.getPrometheusRegistry());
        this.toCordon = Timer.builder(TO_CORDON.meterName())
                .description(TO_CORDON.help())
                .serviceLevelObjectives(
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(2500),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30))
                .register(registry);
        // Read by every agent, from no metadata service.
        List.of(SourceId.NODE_MARKS, SourceId.SIMULATE, SourceId.GPU).forEach(this::awaited);
    }

    /** From the start, so that increase() sees the first notice of a node, which may be its last. */
    private void awaited(SourceId source) {
        source.kinds().forEach(kind -> notices(source.label(), kind));
    }

    private Counter notices(String source, NoticeKind kind) {
        return Counter.builder(NOTICES.meterName())
                .description(NOTICES.help())
                .tag("source", source)
                .tag("kind", kind.label())
                .register(registry);
    }

    @Override
    public void source(SourceHealth now) {
        SourceId id = now.id();
        SourceHealth before = health.put(id, now);
        if (before == null) {
            awaited(id);
            Gauge.builder(SOURCE_UP.meterName(), () -> read(id).up() ? 1 : 0)
                    .description(SOURCE_UP.help())
                    .tag("source", id.label())
                    .register(registry);
        }
        if (now.lastSuccess() != null && (before == null || before.lastSuccess() == null)) {
            Gauge.builder(LAST_SUCCESS.meterName(), () -> lastSuccess(id))
                    .description(LAST_SUCCESS.help())
                    .tag("source", id.label())
                    .register(registry);
        }
    }

    @Override
    public void sourceFailed(SourceId id, String code) {
        Counter.builder(ERRORS.meterName())
                .description(ERRORS.help())
                .tag("source", id.label())
                .tag("code", code)
                .register(registry)
                .increment();
    }

    @Override
    public void noticed(Notice notice) {
        notices(notice.source(), notice.kind()).increment();
    }

    @Override
    public void active(List<Notice> known) {
        notices.publish(List.copyOf(known));
    }

    private static void write(List<Notice> known, Exposition out) {
        Map<NoticeKind, Instant> earliest = new TreeMap<>();
        for (Notice notice : known) {
            Instant deadline = notice.deadline();
            if (deadline != null) {
                earliest.merge(notice.kind(), deadline, (one, other) -> one.isBefore(other) ? one : other);
            }
        }
        for (NoticeKind kind : NoticeKind.values()) {
            boolean active = known.stream().anyMatch(notice -> notice.kind() == kind);
            out.add(ACTIVE, active ? 1 : 0, kind.label());
        }
        earliest.forEach((kind, deadline) -> out.add(DEADLINE, seconds(deadline), kind.label()));
    }

    /** The cordon of this notice has been accepted by the API server, this long after the answer that announced it. */
    public void cordoned(Duration afterAnswer) {
        toCordon.record(afterAnswer);
    }

    private SourceHealth read(SourceId id) {
        SourceHealth current = health.get(id);
        if (current == null) {
            throw new IllegalStateException("no health of " + id.label());
        }
        return current;
    }

    private double lastSuccess(SourceId id) {
        Instant at = read(id).lastSuccess();
        return at == null ? Double.NaN : seconds(at);
    }

    private static double seconds(Instant at) {
        return at.getEpochSecond() + at.getNano() / 1e9;
    }
}
