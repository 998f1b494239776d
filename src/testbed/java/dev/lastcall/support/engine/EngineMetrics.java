package dev.lastcall.support.engine;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The counters of one engine and their exposition, series and label order as vLLM 0.32 serves them. */
final class EngineMetrics {

    /** Upper bounds in seconds of the request time histogram. */
    static final double[] BUCKETS = {
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };

    /** The Python client adds such a series to each counter; a reader must not take it for the counter. */
    private static final double CREATED = 1.7956239966195724e+09;

    private final String model;
    private final Map<FinishReason, Long> finished = new EnumMap<>(FinishReason.class);
    private final long[] atMost = new long[BUCKETS.length];
    private double seconds;
    private long ended;
    private long promptTokens;
    private long generatedTokens;
    private long rejected;

    EngineMetrics(String model) {
        this.model = model;
        for (FinishReason reason : FinishReason.values()) {
            finished.put(reason, 0L);
        }
    }

    void finished(FinishReason reason, long nanos, Sequence sequence) {
        finished.merge(reason, 1L, Long::sum);
        double took = nanos / 1e9;
        for (int i = 0; i < BUCKETS.length; i++) {
            atMost[i] += took <= BUCKETS[i] ? 1 : 0;
        }
        seconds += took;
        ended++;
        promptTokens += sequence.promptTokens;
        generatedTokens += sequence.generated;
    }

    void rejected() {
        rejected++;
    }

    /** @param underWay tokens that running requests have written so far: vLLM counts them step by step, not at the end */
    String exposition(int running, int waiting, double cacheUsage, long underWay) {
        Page page = new Page();
        page.family("num_requests_running", "gauge", "Requests the model works on.");
        page.sample("num_requests_running", "", running);
        page.family("num_requests_waiting", "gauge", "Requests that wait for their turn.");
        page.sample("num_requests_waiting", "", waiting);
        page.family("num_requests_waiting_by_reason", "gauge", "Requests that wait, by reason.");
        page.sample("num_requests_waiting_by_reason", ",reason=\"capacity\"", waiting);
        page.sample("num_requests_waiting_by_reason", ",reason=\"deferred\"", 0);
        page.family("kv_cache_usage_perc", "gauge", "Used share of the KV cache, 0 to 1.");
        page.sample("kv_cache_usage_perc", "", cacheUsage);
        page.family("prompt_tokens_total", "counter", "Tokens read.");
        page.sample("prompt_tokens_total", "", promptTokens);
        page.family("generation_tokens_total", "counter", "Tokens written.");
        page.sample("generation_tokens_total", "", generatedTokens + underWay);
        page.family("request_success_total", "counter", "Requests that ended, by reason.");
        finished.forEach((reason, count) -> page.line(
                "vllm:request_success_total{engine=\"0\",finished_reason=\"%s\",model_name=\"%s\"}"
                        .formatted(reason.label(), model),
                count));
        page.family("request_success_created", "gauge", "When that counter began.");
        finished.keySet()
                .forEach(reason -> page.line(
                        "vllm:request_success_created{engine=\"0\",finished_reason=\"%s\",model_name=\"%s\"}"
                                .formatted(reason.label(), model),
                        CREATED));
        page.family("e2e_request_latency_seconds", "histogram", "Time of a request from end to end.");
        for (int i = 0; i < BUCKETS.length; i++) {
            page.bucket(Double.toString(BUCKETS[i]), atMost[i]);
        }
        page.bucket("+Inf", ended);
        page.sample("e2e_request_latency_seconds_count", "", ended);
        page.sample("e2e_request_latency_seconds_sum", "", seconds);
        page.family("admission_rejections_total", "counter", "Requests refused because the queue was full.");
        page.line(rejection("max_num_queued_reqs"), rejected);
        page.line(rejection("max_num_queued_tokens"), 0);
        return page.text.toString();
    }

    private String rejection(String reason) {
        return "vllm:admission_rejections_total{model_name=\"%s\",reason=\"%s\"}".formatted(model, reason);
    }

    private final class Page {
        private final StringBuilder text = new StringBuilder(4096);

        void family(String name, String type, String help) {
            text.append("# HELP vllm:").append(name).append(' ').append(help).append('\n');
            text.append("# TYPE vllm:").append(name).append(' ').append(type).append('\n');
        }

        void sample(String name, String moreLabels, double value) {
            line("vllm:" + name + "{engine=\"0\",model_name=\"" + model + "\"" + moreLabels + "}", value);
        }

        void bucket(String bound, double value) {
            line(
                    "vllm:e2e_request_latency_seconds_bucket{engine=\"0\",le=\"%s\",model_name=\"%s\"}"
                            .formatted(bound, model),
                    value);
        }

        void line(String series, double value) {
            text.append(series)
                    .append(' ')
                    .append(String.format(Locale.ROOT, "%s", value))
                    .append('\n');
        }
    }
}
