package dev.lastcall.serving;

import java.util.List;
import java.util.Optional;

/**
 * Reads an engine's counters from its Prometheus text. The families are those that vLLM 0.32 was seen to serve and that
 * SGLang and TGI document; whichever is present is read, so a wrong engine label does not blind the drain.
 */
public final class EngineMetrics {
    private static final List<Family> FAMILIES = List.of(
            new Family(
                    List.of("vllm:num_requests_running", "vllm:num_requests_waiting"),
                    List.of("vllm:request_success_total"),
                    List.of()),
            new Family(
                    List.of("sglang:num_running_reqs", "sglang:num_queue_reqs"),
                    List.of("sglang:num_requests_total"),
                    List.of("sglang:num_aborted_requests_total")),
            new Family(
                    List.of("sglang_num_running_reqs", "sglang_num_queue_reqs"),
                    List.of("sglang_num_requests_total"),
                    List.of("sglang_num_aborted_requests_total")),
            new Family(List.of("tgi_batch_current_size", "tgi_queue_size"), List.of("tgi_request_success"), List.of()));

    private EngineMetrics() {}

    private record Family(List<String> gauges, List<String> finished, List<String> aborted) {}

    /**
     * The reading; empty when none of the known families has a sample, or a sample of it is no number: an engine whose
     * state is unknown is not an idle one.
     */
    public static Optional<EngineReading> parse(String text) {
        return FAMILIES.stream()
                .filter(family -> text.contains(family.gauges().getFirst()))
                .flatMap(family -> read(text, family).stream())
                .findFirst();
    }

    private static Optional<EngineReading> read(String text, Family family) {
        boolean seen = false;
        double inFlight = 0;
        double finished = 0;
        double aborted = 0;
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            if (text.charAt(at) != '#') {
                String line = text.substring(at, end);
                String name = name(line);
                if (family.gauges().contains(name)) {
                    seen = true;
                    inFlight += value(line);
                } else if (family.finished().contains(name)) {
                    // vLLM counts every end here. "repetition" is an answer cut short, yet an answer; "error" is none.
                    if (line.contains("finished_reason=\"abort\"") || line.contains("finished_reason=\"error\"")) {
                        aborted += value(line);
                    } else {
                        finished += value(line);
                    }
                } else if (family.aborted().contains(name)) {
                    aborted += value(line);
                }
            }
            at = end + 1;
        }
        if (!seen || !Double.isFinite(inFlight + finished + aborted)) {
            return Optional.empty();
        }
        return Optional.of(new EngineReading(Math.round(inFlight), Math.round(finished), Math.round(aborted)));
    }

    private static String name(String line) {
        int end = 0;
        while (end < line.length() && line.charAt(end) != '{' && !Character.isWhitespace(line.charAt(end))) {
            end++;
        }
        return line.substring(0, end);
    }

    /** The sample's value; NaN for what is no number. */
    private static double value(String line) {
        int from = line.lastIndexOf('}') + 1;
        if (from == 0) {
            from = name(line).length();
        }
        String[] words = line.substring(from).strip().split("\\s", 2);
        try {
            return Double.parseDouble(words[0]);
        } catch (NumberFormatException broken) {
            return Double.NaN;
        }
    }
}
