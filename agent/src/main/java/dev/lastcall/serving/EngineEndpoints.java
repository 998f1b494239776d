package dev.lastcall.serving;

import dev.lastcall.drain.PodView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a pod's engines answer, by what the pod says of itself: its annotations, else its serving container's arguments
 * and declared ports.
 *
 * @param host the pod's address, ready for a URL; null until it has one
 * @param scheme {@code http} or {@code https}
 * @param path of the metrics page
 * @param certain ports behind each of which there is an engine: the pod is idle only when all of them say so
 * @param possible ports that may have an engine behind them: those count that answer with a known engine's metrics
 * @param unknowable why there may be engines that nothing names; null where there are none. Such a pod is never idle
 * @param findings what the pod says wrongly, a sentence each
 */
record EngineEndpoints(
        @Nullable String host,
        String scheme,
        String path,
        List<Integer> certain,
        List<Integer> possible,
        @Nullable String unknowable,
        List<String> findings) {
    static final String PORT = "lastcall.dev/port";
    static final String METRICS_PATH = "lastcall.dev/metrics-path";
    static final String SCHEME = "lastcall.dev/scheme";
    /** Where every engine listens that is configured no other way, and what is asked where no declared port answers. */
    static final int DEFAULT_PORT = 8000;

    static EngineEndpoints of(PodView pod) {
        List<String> findings = new ArrayList<>();
        EngineArguments arguments = new EngineArguments(pod.command());
        List<Integer> certain = annotated(pod, findings);
        String unknowable = null;
        if (certain.isEmpty() && arguments.has("data-parallel-multi-port-external-lb")) {
            certain = ranks(arguments);
            if (certain.isEmpty()) {
                unknowable = "vLLM serves each data-parallel rank on a port of its own, and its arguments don't say how"
                        + " many there are: list them in the annotation " + PORT;
            }
        }
        String ip = pod.ip();
        return new EngineEndpoints(
                ip == null ? null : ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip,
                scheme(pod, arguments, findings),
                pod.annotations().getOrDefault(METRICS_PATH, "/metrics"),
                certain,
                certain.isEmpty() ? pod.ports() : List.of(),
                unknowable,
                List.copyOf(findings));
    }

    private static List<Integer> annotated(PodView pod, List<String> findings) {
        String text = pod.annotations().get(PORT);
        if (text == null) {
            return List.of();
        }
        List<Optional<Integer>> ports =
                Arrays.stream(text.split(",", -1)).map(EngineEndpoints::port).toList();
        if (ports.stream().allMatch(Optional::isPresent)) {
            return ports.stream().map(Optional::orElseThrow).distinct().toList();
        }
        findings.add("annotation " + PORT + " of " + pod.ref() + " is '" + text
                + "', which is no port (1 to 65535) and no comma-separated list of ports; the declared ports are read");
        return List.of();
    }

    private static Optional<Integer> port(String text) {
        String word = text.strip();
        return word.matches("\\d{1,5}")
                ? Optional.of(Integer.parseInt(word)).filter(number -> number > 0 && number <= 65_535)
                : Optional.empty();
    }

    /**
     * vLLM's supervisor starts one server for each local rank, on consecutive ports from {@code --port} on
     * (vllm/entrypoints/openai/dp_supervisor.py).
     */
    private static List<Integer> ranks(EngineArguments arguments) {
        OptionalInt local = first(arguments, "data-parallel-size-local", "data-parallel-size");
        boolean portUnreadable =
                arguments.has("port") && arguments.number("port").isEmpty();
        if (local.isEmpty() || local.getAsInt() == 0 || local.getAsInt() > 64 || portUnreadable) {
            return List.of();
        }
        int from = arguments.number("port").orElse(DEFAULT_PORT);
        return IntStream.range(from, from + local.getAsInt()).boxed().toList();
    }

    private static OptionalInt first(EngineArguments arguments, String... flags) {
        for (String flag : flags) {
            if (arguments.has(flag)) {
                return arguments.number(flag);
            }
        }
        return OptionalInt.empty();
    }

    private static String scheme(PodView pod, EngineArguments arguments, List<String> findings) {
        String derived = arguments.has("ssl-certfile") || arguments.has("ssl-keyfile") ? "https" : "http";
        String said = pod.annotations().get(SCHEME);
        if (said == null) {
            return derived;
        }
        String scheme = said.strip().toLowerCase(Locale.ROOT);
        if (scheme.equals("http") || scheme.equals("https")) {
            return scheme;
        }
        findings.add("annotation " + SCHEME + " of " + pod.ref() + " is '" + said + "', neither http nor https; "
                + derived + " is used");
        return derived;
    }
}
