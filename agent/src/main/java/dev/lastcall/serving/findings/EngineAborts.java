package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The engine aborts what runs at its termination signal, and nothing takes the pod out of its routers before: requests
 * arrive until the signal, and those are cut. vLLM's {@code --shutdown-timeout} is 0 by default and exists from 0.18 on
 * (vllm pull request 36666); seen on 0.32: streams go silent until the process is killed.
 */
public record EngineAborts() implements Rule {

    @Override
    public String name() {
        return "engine_aborts";
    }

    @Override
    public String meaning() {
        return "the engine cuts its requests on SIGTERM and new ones arrive until then";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        PodTemplate pod = subject.pod();
        if (!subject.routed() || !subject.engine().aborts() || pod.labelled() || pod.gated()) {
            return Stream.empty();
        }
        return Stream.of(new Finding(
                name(),
                Optional.empty(),
                "the engine aborts running requests on SIGTERM (no --shutdown-timeout, or vLLM older than 0.18), and"
                        + " nothing stops new ones before",
                "add --shutdown-timeout=N (vLLM 0.18 or newer) to the arguments, and the label"
                        + " lastcall.dev/rotation: in to the pod template",
                Place.ARGUMENTS));
    }
}
