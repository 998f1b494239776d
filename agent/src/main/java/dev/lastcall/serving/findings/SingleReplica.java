package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The only pod goes, and the next one does not serve before it is gone. An engine that loads weights needs minutes (vLLM
 * with a model of a few MB and two CPU cores: 24 to 38 s), so an unknown start counts as longer than any notice. Replicas are
 * counted over all workloads behind the same Service: a pool on spot nodes and one on others stand in for each other.
 */
public record SingleReplica() implements Rule {

    @Override
    public String name() {
        return "single_replica";
    }

    @Override
    public String meaning() {
        return "one replica, and the next one starts longer than the notice lasts";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        Integer replicas = subject.workload().together();
        if (!subject.routed() || replicas == null || replicas != 1) {
            return Stream.empty();
        }
        Duration start = subject.engine().coldStart();
        return subject.terms().windows().stream()
                .filter(window -> start == null || start.compareTo(window.length()) > 0)
                .map(window -> new Finding(
                        name(),
                        Optional.of(window),
                        "the only replica: after a notice of " + window.label()
                                + " nobody answers until the next one has"
                                + " started"
                                + (start == null ? "" : ", which may take " + Spans.seconds(start)),
                        "a second replica; or lastcall.serving.withdraw=label,detach, which starts the replacement at the"
                                + " notice",
                        Place.REPLICAS));
    }
}
