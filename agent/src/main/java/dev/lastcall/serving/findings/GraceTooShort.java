package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The grace period ends before the engine has: kubelet runs the preStop hook inside the grace period (Kubernetes, Pod
 * lifecycle, "Termination of Pods"), then the engine drains, then it needs some seconds to end (vLLM 0.32: up to 8). What
 * is left is killed.
 */
public record GraceTooShort() implements Rule {
    /** What an engine needs to end after its last request. */
    static final Duration TEARDOWN = Duration.ofSeconds(5);

    @Override
    public String name() {
        return "grace_too_short";
    }

    @Override
    public String meaning() {
        return "terminationGracePeriodSeconds ends before preStop, the engine's own drain and 5 s are over";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        Duration drains = Objects.requireNonNullElse(subject.engine().capacity(), Duration.ZERO);
        Duration preStop = subject.pod().preStop();
        Duration needed = preStop.plus(drains).plus(TEARDOWN);
        if (!subject.engine().serves() || subject.pod().grace().compareTo(needed) >= 0) {
            return Stream.empty();
        }
        return Stream.of(new Finding(
                name(),
                Optional.empty(),
                "the pod is killed after " + Spans.seconds(subject.pod().grace()) + ", but preStop ("
                        + Spans.seconds(preStop) + "), the engine's own drain (" + Spans.seconds(drains)
                        + ") and its end (5 s) take " + Spans.seconds(needed),
                "terminationGracePeriodSeconds: " + Spans.whole(needed),
                Place.GRACE));
    }
}
