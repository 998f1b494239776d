package dev.lastcall.serving;

import java.util.List;

/**
 * The names under which one engine publishes its counters, without their prefix.
 *
 * @param prefixes the first one that a page has samples of is read, so that a page with two spellings counts once
 * @param gauges all that is work: a request that sits in any of them is not done
 * @param finished requests that ended; of several spellings the first that is there counts
 * @param aborted requests that the engine gave up
 * @param failures label texts of those samples, of {@code finished} and {@code aborted}, that count as given up
 * @param clientsLeft requests whose clients left
 * @param progress what moves at every step of a request; empty where the engine has no such counter
 */
record MetricFamily(
        List<String> prefixes,
        List<String> gauges,
        List<String> finished,
        List<String> aborted,
        List<String> failures,
        List<String> clientsLeft,
        List<String> progress,
        boolean loose) {

    /**
     * vLLM, seen on 0.32. Under Ray its names carry the prefix {@code ray_}, colons become underscores, and counters
     * appear with and without {@code _total}. "repetition" is an answer cut short, yet an answer; "error" is none.
     */
    static final MetricFamily VLLM = new MetricFamily(
            List.of("vllm:", "ray_vllm:", "ray_vllm_"),
            List.of("num_requests_running", "num_requests_waiting"),
            List.of("request_success_total", "request_success"),
            List.of(),
            List.of("finished_reason=\"abort\"", "finished_reason=\"error\""),
            List.of(),
            List.of("generation_tokens_total", "generation_tokens", "prompt_tokens_total", "prompt_tokens"),
            false);

    /**
     * SGLang (python/sglang/srt/observability/metrics_collector.py). A prefill or decode server of a disaggregated pair
     * has its work in queues of their own while "running" says 0 (sglang pull requests 7317 and 31495); the bootstrap
     * queue was called prealloc before. Its aborted counter counts aborts that the front end starts, which are clients
     * that left (pull request 34320). {@code generation_tokens_total} moves at the end of a request only;
     * {@code realtime_tokens_total} with every batch.
     */
    static final MetricFamily SGLANG = new MetricFamily(
            List.of("sglang:", "sglang_"),
            List.of(
                    "num_running_reqs",
                    "num_queue_reqs",
                    "num_grammar_queue_reqs",
                    "num_prefill_bootstrap_queue_reqs",
                    "num_prefill_prealloc_queue_reqs",
                    "num_prefill_inflight_queue_reqs",
                    "num_decode_prealloc_queue_reqs",
                    "num_decode_transfer_queue_reqs"),
            List.of("num_requests_total"),
            List.of(),
            List.of(),
            List.of("num_aborted_requests_total"),
            List.of("realtime_tokens_total"),
            true);

    /** TGI (its router's documented metrics). Requests refused by validation or overload were never in flight. */
    static final MetricFamily TGI = new MetricFamily(
            List.of("tgi_"),
            List.of("batch_current_size", "queue_size"),
            List.of("request_success"),
            List.of("request_failure"),
            List.of("err=\"generation\""),
            List.of(),
            List.of("batch_inference_count"),
            false);

    static final List<MetricFamily> ALL = List.of(VLLM, SGLANG, TGI);
}
