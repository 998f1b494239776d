package dev.lastcall.serving.findings;

import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The histogram of request times in an engine's Prometheus text. vLLM's family was seen on 0.32; those of SGLang and TGI
 * are as they document them.
 */
final class RequestTimeText {
    private static final List<String> FAMILIES = List.of(
            "vllm:e2e_request_latency_seconds",
            "sglang:e2e_request_latency_seconds",
            "sglang_e2e_request_latency_seconds",
            "tgi_request_duration");

    private static final List<String> BUCKETS = beginnings("_bucket");
    private static final List<String> SUMS = beginnings("_sum");
    private static final Pattern BOUND = Pattern.compile("[{,]\\s*le=\"([^\"]+)\"");

    private RequestTimeText() {}

    /** Upper bound in seconds (infinite for the last) to count, summed over models and ranks; empty without one. */
    static TreeMap<Double, Double> parse(String text) {
        TreeMap<Double, Double> counts = new TreeMap<>();
        samples(text, BUCKETS, line -> take(line, counts));
        return counts;
    }

    /** What all requests took together; 0 where the text does not say. */
    static double seconds(String text) {
        double[] sum = {0};
        samples(text, SUMS, line -> {
            try {
                double seconds = Double.parseDouble(value(line));
                sum[0] += Double.isFinite(seconds) && seconds > 0 ? seconds : 0;
            } catch (NumberFormatException broken) {
                // As if it were not there: the buckets alone say enough.
            }
        });
        return sum[0];
    }

    /** A page has thousands of lines and is read twice a second in a drain: only what is wanted is copied. */
    static void samples(String text, List<String> beginnings, Consumer<String> each) {
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            for (String beginning : beginnings) {
                if (text.startsWith(beginning, at)) {
                    each.accept(text.substring(at, end));
                }
            }
            at = end + 1;
        }
    }

    private static List<String> beginnings(String suffix) {
        return FAMILIES.stream().map(family -> family + suffix + "{").toList();
    }

    static String value(String line) {
        return line.substring(line.lastIndexOf('}') + 1).strip().split("\\s", 2)[0];
    }

    private static void take(String line, TreeMap<Double, Double> counts) {
        Matcher bound = BOUND.matcher(line);
        try {
            if (bound.find()) {
                String le = bound.group(1);
                counts.merge(
                        le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le),
                        Double.parseDouble(value(line)),
                        Double::sum);
            }
        } catch (NumberFormatException broken) {
            // A sample that is no number says nothing about request times.
        }
    }
}
