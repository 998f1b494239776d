package dev.lastcall.serving.findings;

import dev.lastcall.serving.findings.Finding.Place;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Kubernetes injects the address of a Service {@code vllm} as {@code VLLM_PORT=tcp://…}, and vLLM reads that variable as
 * its own port number and does not start (vLLM documentation, "Environment Variables", warning); SGLang reads
 * {@code SGLANG_PORT} likewise (sglang.srt.utils, get_open_port). The first start after the Service was made goes wrong:
 * that of the replacement.
 */
public record ServiceLinks() implements Rule {
    /** A variable that an engine reads as a number and that a Service's name can make an address of. */
    private static final Map<Engine, String> READ = Map.of(Engine.VLLM, "VLLM_PORT", Engine.SGLANG, "SGLANG_PORT");

    @Override
    public String name() {
        return "service_links";
    }

    @Override
    public String meaning() {
        return "a Service's name makes Kubernetes inject a variable that breaks the engine";
    }

    @Override
    public Stream<Finding> check(Subject subject) {
        String variable = READ.get(subject.engine().kind());
        if (variable == null || !subject.pod().serviceLinks()) {
            return Stream.empty();
        }
        boolean set = ServingContainer.of(subject.pod())
                .filter(container -> container.env().containsKey(variable))
                .isPresent();
        return subject.linked().stream()
                .filter(service -> !set && injected(service).equals(variable))
                .sorted()
                .map(service -> new Finding(
                        name(),
                        Optional.empty(),
                        "Service " + service + " makes Kubernetes set " + variable
                                + "=tcp://… in this pod, which the engine reads as its port: it does not start",
                        "enableServiceLinks: false in the pod template",
                        Place.POD));
    }

    private static String injected(String service) {
        return service.toUpperCase(Locale.ROOT).replace('-', '_') + "_PORT";
    }
}
