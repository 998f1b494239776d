package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A preStop hook that sleeps through most of a notice. It is there to let routers notice the deletion, and nobody can cut
 * it short: the engine hears SIGTERM after it, with what is left. Common defaults are made for notices nobody counts
 * (KServe and llm-d 15 s, the Gateway API Inference Extension's example 30 s).
 */
public record PrestopEatsNotice() implements Rule {

    @Override
    public String name() {
        return "prestop_eats_notice";
    }

    @Override
    public String meaning() {
        return "the preStop hook sleeps for more than half of the notice";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        Duration preStop = subject.pod().preStop();
        if (!subject.engine().serves() || subject.workload().daemon()) {
            return Stream.empty();
        }
        return subject.terms().windows().stream()
                .filter(window -> preStop.multipliedBy(2).compareTo(window.length()) > 0)
                .map(window -> new Finding(
                        name(),
                        Optional.of(window),
                        "preStop sleeps " + Spans.seconds(preStop) + " of a notice of " + window.label()
                                + "; the engine's own drain has only the rest",
                        "preStop: {sleep: {seconds: 5}}, and the label lastcall.dev/rotation: in, by which the pod"
                                + " is taken out of rotation before it is deleted",
                        Place.PRE_STOP));
    }
}
