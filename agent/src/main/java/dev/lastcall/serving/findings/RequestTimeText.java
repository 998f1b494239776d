package dev.lastcall.serving.findings;

import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The histogram of request times in an engine's Prometheus text. vLLM's family was seen on 0.32; those of SGLang and TGI
 * are as they document them.
 */
final class RequestTimeText {
    private static final List<String> FAMILIES = List.of(
            "vllm:e2e_request_latency_seconds_bucket",
            "sglang:e2e_request_latency_seconds_bucket",
            "sglang_e2e_request_latency_seconds_bucket",
            "tgi_request_duration_bucket");

    private static final Pattern BOUND = Pattern.compile("[{,]\\s*le=\"([^\"]+)\"");

    private RequestTimeText() {}

    /** Upper bound in seconds (infinite for the last) to count, summed over models and ranks; empty without one. */
    static TreeMap<Double, Double> parse(String text) {
        TreeMap<Double, Double> counts = new TreeMap<>();
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            if (text.charAt(at) != '#') {
                take(text.substring(at, end), counts);
            }
            at = end + 1;
        }
        return counts;
    }

    private static void take(String line, TreeMap<Double, Double> counts) {
        if (FAMILIES.stream().noneMatch(family -> line.startsWith(family + "{"))) {
            return;
        }
        Matcher bound = BOUND.matcher(line);
        String[] words = line.substring(line.lastIndexOf('}') + 1).strip().split("\\s", 2);
        try {
            if (bound.find()) {
                String le = bound.group(1);
                counts.merge(
                        le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le),
                        Double.parseDouble(words[0]),
                        Double::sum);
            }
        } catch (NumberFormatException broken) {
            // A sample that is no number says nothing about request times.
        }
    }
}
