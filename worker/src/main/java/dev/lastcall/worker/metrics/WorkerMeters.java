package dev.lastcall.worker.metrics;

import dev.lastcall.worker.engine.Answer;
import dev.lastcall.worker.queue.QueueState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The worker's series; docs in worker/README.md. */
public final class WorkerMeters {

    /** How a job ended for this worker. */
    public enum Ended {
        OK,
        FAILED,
        DEADLINE,
        RELEASED,
        LOST_LEASE
    }

    private final MeterRegistry registry;
    private final Counter generated;
    private final Counter resumed;
    private final Counter recomputed;
    private final Timer claims;
    private final Timer jobs;
    private volatile @Nullable QueueState state;

    public WorkerMeters(MeterRegistry registry) {
        this.registry = registry;
        // Each is there from the start, with 0.
        for (Ended how : Ended.values()) {
            jobs(how);
        }
        generated = tokens("generated");
        resumed = tokens("resumed");
        recomputed = tokens("recomputed");
        claims = Timer.builder("lastcall_worker_claim")
                .description("How long a claim took in Redis")
                .serviceLevelObjectives(durations(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5))
                .register(registry);
        jobs = Timer.builder("lastcall_worker_job")
                .description("From the claim of a job to its result or dead letter, for the worker that ended it")
                .serviceLevelObjectives(durations(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1800))
                .register(registry);
        queueGauge("pending", QueueState::pending);
        queueGauge("leased", QueueState::leased);
        queueGauge("delayed", QueueState::delayed);
        queueGauge("dead", QueueState::dead);
    }

    /** @param inFlight how many jobs this worker has */
    public void watch(Supplier<Number> inFlight) {
        Gauge.builder("lastcall_worker_jobs_in_flight", inFlight)
                .description("Jobs of this worker under way")
                .strongReference(true)
                .register(registry);
    }

    /** What the queue looks like; null while Redis does not answer. */
    public void queue(@Nullable QueueState now) {
        state = now;
    }

    public void ended(Ended how) {
        jobs(how).increment();
    }

    /** An engine's answer by its code; {@code none} where nobody answered. */
    public void answered(Answer answer) {
        String code = switch (answer) {
            case Answer.Complete complete -> "200";
            case Answer.Refused refused -> Integer.toString(refused.code());
            case Answer.Broken broken -> "broken";
            case Answer.Unanswered unanswered -> "none";
            case Answer.Aborted aborted -> "aborted";
        };
        Counter.builder("lastcall_worker_engine_responses")
                .description("The engine's answers by status; broken = began and did not end, none = nobody answered,"
                        + " aborted = ended by this worker")
                .tag("code", code)
                .register(registry)
                .increment();
    }

    public void generated(int tokens) {
        generated.increment(tokens);
    }

    public void resumed(int tokens) {
        resumed.increment(tokens);
    }

    public void recomputed(int tokens) {
        recomputed.increment(tokens);
    }

    public void claimTook(long nanos) {
        claims.record(Duration.ofNanos(nanos));
    }

    public void jobTook(long nanos) {
        jobs.record(Duration.ofNanos(nanos));
    }

    private Counter jobs(Ended how) {
        return Counter.builder("lastcall_worker_jobs")
                .description("Jobs by how they ended for this worker")
                .tag("result", how.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    private Counter tokens(String kind) {
        return Counter.builder("lastcall_worker_tokens")
                .description(
                        "Tokens that engines generated, that were taken over from checkpoints, and that this worker's"
                                + " attempts generated in vain")
                .tag("kind", kind)
                .register(registry);
    }

    private void queueGauge(String name, ToLongFunction<QueueState> count) {
        Gauge.builder("lastcall_worker_queue_jobs", () -> {
                    QueueState now = state;
                    return now == null ? Double.NaN : (double) count.applyAsLong(now);
                })
                .description("Jobs in the queue by where they are; NaN while Redis does not answer")
                .tag("state", name)
                .strongReference(true)
                .register(registry);
    }

    private static Duration[] durations(double... seconds) {
        Duration[] durations = new Duration[seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            durations[i] = Duration.ofNanos(Math.round(seconds[i] * 1e9));
        }
        return durations;
    }
}
