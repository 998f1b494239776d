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

    /** The reading; empty when none of the known families is there. */
    public static Optional<EngineReading> parse(String text) {
        return FAMILIES.stream()
                .filter(family -> text.contains(family.gauges().getFirst()))
                .findFirst()
                .map(family -> read(text, family));
    }

    private static EngineReading read(String text, Family family) {
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
                    inFlight += value(line);
                } else if (family.finished().contains(name)) {
                    // vLLM counts every end here; "error" and "repetition" ended without an answer that counts.
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
        return new EngineReading(Math.round(inFlight), Math.round(finished), Math.round(aborted));
    }

    private static String name(String line) {
        int end = 0;
        while (end < line.length() && line.charAt(end) != '{' && line.charAt(end) != ' ') {
            end++;
        }
        return line.substring(0, end);
    }

    /** The sample's value; zero for what is no number, as a broken line must not stop a drain. */
    private static double value(String line) {
        int from = line.lastIndexOf('}') + 1;
        if (from == 0) {
            from = line.indexOf(' ');
        }
        String[] words = line.substring(Math.max(from, 0)).strip().split(" ", 2);
        try {
            double number = Double.parseDouble(words[0]);
            return Double.isFinite(number) ? number : 0;
        } catch (NumberFormatException broken) {
            return 0;
        }
    }
}
