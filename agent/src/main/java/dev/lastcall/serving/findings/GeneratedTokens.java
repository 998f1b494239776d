package dev.lastcall.serving.findings;

import java.util.List;

/**
 * Tokens that engines have generated since their start, from their Prometheus text. Tokens of prompts are no measure of pace: they come in
 * with each new request. Of SGLang's counters only the live one moves while a request runs, and it has the prompts under other modes
 * (python/sglang/srt/observability/metrics_collector.py); TGI has none.
 */
public final class GeneratedTokens {
    private static final List<String> COUNTERS = List.of(
            "vllm:generation_tokens_total{",
            "ray_vllm:generation_tokens_total{",
            "ray_vllm_generation_tokens_total{",
            "sglang:realtime_tokens_total{",
            "sglang_realtime_tokens_total{");

    private GeneratedTokens() {}

    /** Over all pages that have such a counter; negative where none has, or one of them can't be read. */
    public static long total(List<String> pages) {
        double[] sum = {-1};
        for (String page : pages) {
            RequestTimeText.samples(page, COUNTERS, line -> {
                if (!line.contains("mode=\"") || line.contains("mode=\"decode\"")) {
                    sum[0] = Math.max(0, sum[0]) + number(line);
                }
            });
        }
        return Double.isNaN(sum[0]) ? -1 : Math.round(sum[0]);
    }

    /** Not a number, and with it the whole sum, where the text is none. */
    private static double number(String line) {
        try {
            return Double.parseDouble(RequestTimeText.value(line));
        } catch (NumberFormatException broken) {
            return Double.NaN;
        }
    }
}
