package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Requests of this engine take longer than the notice leaves: no drain, however good, saves those. Reasoning traffic is
 * such a case (llm-d issue 1653 measures a mean of 175 s for DeepSeek-R1). Only a running engine knows how long its
 * requests are, so a manifest alone never has this finding.
 */
public record RequestLongerThanNotice() implements Rule {

    @Override
    public String name() {
        return "request_longer_than_notice";
    }

    @Override
    public String meaning() {
        return "long requests (p99 of the running engine) don't fit into the notice";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        Duration p99 = subject.engine().p99();
        if (p99 == null) {
            return Stream.empty();
        }
        return subject.terms().windows().stream()
                .flatMap(window -> DrainBudget.deficit(subject.engine(), subject.terms(), window)
                        .filter(Duration::isPositive)
                        .map(deficit -> finding(p99, deficit, window))
                        .stream());
    }

    private Finding finding(Duration p99, Duration deficit, Window window) {
        return new Finding(
                name(),
                Optional.of(window),
                "1 of 100 requests takes more than " + Spans.seconds(p99) + "; a notice of " + window.label()
                        + " is too short for it by " + Spans.seconds(deficit),
                "hand long requests over earlier, run them on on-demand nodes, or limit their length (max_tokens)",
                Place.WORKLOAD);
    }
}
