package dev.lastcall.serving;

import java.util.List;
import java.util.Optional;

/**
 * Reads an engine's counters from its Prometheus text. The families are those that vLLM 0.32 was seen to serve and that
 * SGLang and TGI document; whichever is present is read, so a wrong engine label does not blind the drain.
 */
public final class EngineMetrics {

    private EngineMetrics() {}

    /**
     * The reading; empty when none of the known families has a gauge with a number: an engine whose state is unknown is
     * not an idle one.
     */
    public static Optional<EngineReading> parse(String text) {
        for (MetricFamily family : MetricFamily.ALL) {
            for (String prefix : family.prefixes()) {
                if (text.contains(prefix)) {
                    Optional<EngineReading> reading = new FamilySums(family, prefix).read(text);
                    if (reading.isPresent()) {
                        return reading;
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Why a page that {@link #parse} could not read probably is as it is, and what to do; one clause. */
    public static String silence(String text) {
        if (text.isBlank()) {
            return "the page is empty: vLLM's --disable-log-stats, or a folder of Prometheus' multiprocess mode"
                    + " (PROMETHEUS_MULTIPROC_DIR) that can't be written, are the usual causes";
        }
        boolean named = MetricFamily.ALL.stream()
                .flatMap(family -> family.prefixes().stream())
                .anyMatch(text::contains);
        if (!named) {
            return "the page has no metric of vLLM, SGLang or TGI: set lastcall.dev/port and lastcall.dev/metrics-path"
                    + " to where the engine has its own";
        }
        return samples(text)
                ? "the page has metrics of a known engine, but no readable number of running requests"
                : "the page names metrics (HELP, TYPE) but has no sample: vLLM's --disable-log-stats, or a folder of"
                        + " Prometheus' multiprocess mode (PROMETHEUS_MULTIPROC_DIR) that can't be written, are the"
                        + " usual causes";
    }

    private static boolean samples(String text) {
        return text.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("#"));
    }

    /** The beginning of a sample's line: its metric's name. */
    static String name(String line) {
        int end = 0;
        while (end < line.length() && line.charAt(end) != '{' && !Character.isWhitespace(line.charAt(end))) {
            end++;
        }
        return line.substring(0, end);
    }

    /** Ranks that compute one and the same request together, each exporting it (sglang issue 31896). */
    static final List<String> REPLICAS =
            List.of("tp_rank", "pp_rank", "cp_rank", "attn_tp_rank", "attn_cp_rank", "moe_ep_rank", "moe_tp_rank");
}
