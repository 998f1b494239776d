package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What each trigger's query says, by the real PromQL engine. KEDA refuses an answer of several elements, and takes an empty
 * one for an error, from which the fallback follows.
 */
class ScalingQueriesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String POD = "chat-spot-6d4cf56db6-abcde";
    private static final String SECOND = "chat-spot-6d4cf56db6-fghij";

    private static Map<String, String> queries = Map.of();

    @TempDir
    Path directory;

    @BeforeAll
    static void render() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        assumeTrue(
                ToolRun.onPath("promtool"), "skipped: promtool is not on the PATH; the package prometheus brings it");
        Map<String, String> found = new TreeMap<>();
        for (JsonNode object : ServingChart.objects(ServingChart.variant("eks-cluster-autoscaler"))) {
            for (JsonNode trigger : object.at("/spec/triggers")) {
                found.put(
                        trigger.path("name").asText(),
                        trigger.at("/metadata/query").asText());
            }
        }
        queries = found;
    }

    @Test
    void they_are_these() {
        assertThat(queries).containsOnlyKeys("in-flight", "waiting", "kv-cache", "ttft", "fallback", "doomed-gpus");
    }

    @Test
    void two_pods_of_which_one_has_two_engines_are_one_number_each() throws IOException {
        Series series = new Series()
                .up(POD, 1)
                .up(SECOND, 1)
                .engine(POD, "0", 10, 1, 0.2)
                .engine(POD, "1", 20, 2, 0.4)
                .engine(SECOND, "0", 5, 0, 0.8);
        assertSays(series, Map.of("in-flight", 38.0, "waiting", 3.0, "kv-cache", 1.1));
    }

    @Test
    void one_pod_is_one_number_too() throws IOException {
        assertSays(
                new Series().up(POD, 1).engine(POD, "0", 10, 1, 0.2),
                Map.of("in-flight", 11.0, "waiting", 1.0, "kv-cache", 0.2));
    }

    /** A release called chat, and one called chat-spot beside it. */
    @Test
    void pods_of_a_release_with_a_longer_name_do_not_count() throws IOException {
        Series series = new Series()
                .up(POD, 1)
                .engine(POD, "0", 10, 1, 0.2)
                .up("chat-spot-spot-6d4cf56db6-abcde", 1)
                .engine("chat-spot-spot-6d4cf56db6-abcde", "0", 100, 100, 1)
                .engine("chat-ondemand-6d4cf56db6-abcde", "0", 100, 100, 1);
        assertSays(series, Map.of("in-flight", 11.0, "waiting", 1.0, "kv-cache", 0.2));
    }

    @Test
    void an_engine_that_answers_without_these_metrics_has_no_demand_yet() throws IOException {
        assertSays(new Series().up(POD, 1), Map.of("in-flight", 0.0, "waiting", 0.0, "kv-cache", 0.0, "ttft", 0.0));
    }

    @Test
    void an_engine_that_does_not_answer_is_an_error_and_no_zero() throws IOException {
        assertSilent(new Series().up(POD, 0), List.of("in-flight", "waiting", "kv-cache"));
    }

    @Test
    void targets_that_are_gone_are_an_error_and_no_zero() throws IOException {
        assertSilent(new Series(), List.of("in-flight", "waiting", "kv-cache"));
    }

    /** 95 % of the first tokens within 4 s, 2 s are wanted: twice as many as the two pods. */
    @Test
    void slow_first_tokens_ask_for_at_most_twice_as_many() throws IOException {
        Series series = new Series().engine(POD, "0", 1, 0, 0).engine(SECOND, "0", 1, 0, 0);
        for (String le : List.of("4", "8", "+Inf")) {
            series.add(
                    pod("vllm:time_to_first_token_seconds_bucket", POD, "le=\"" + le + "\""),
                    le.equals("4") ? "0+0x10" : "0+60x10");
        }
        assertSays(series, Map.of("ttft", 4.0));
    }

    /** Buckets that do not grow make a quantile of NaN, which KEDA could not compare with anything. */
    @Test
    void no_request_is_no_slow_request() throws IOException {
        Series series = new Series().engine(POD, "0", 0, 0, 0);
        for (String le : List.of("4", "+Inf")) {
            series.add(pod("vllm:time_to_first_token_seconds_bucket", POD, "le=\"" + le + "\""), "60+0x10");
        }
        assertSays(series, Map.of("ttft", 0.0));
    }

    @Test
    void the_fallback_is_the_floor_and_the_larger_of_missing_and_doomed() throws IOException {
        assertSays(new Series().deployment(4, 4), Map.of("fallback", 1.0));
        assertSays(new Series().deployment(4, 3), Map.of("fallback", 2.0));
        assertSays(new Series().deployment(4, 4).doomed("n1", 2), Map.of("fallback", 3.0));
        // A doomed pod that has left is missing as well: it counts once.
        assertSays(new Series().deployment(4, 3).doomed("n1", 1), Map.of("fallback", 2.0));
        assertSays(new Series().deployment(4, 1).doomed("n1", 1).doomed("n2", 1), Map.of("fallback", 4.0));
        assertSays(new Series().deployment(4, 0), Map.of("fallback", 5.0));
    }

    @Test
    void without_kube_state_metrics_the_fallback_sees_notices_only() throws IOException {
        assertSays(new Series(), Map.of("fallback", 1.0));
        assertSays(new Series().doomed("n1", 2), Map.of("fallback", 3.0));
    }

    @Test
    void the_buffer_holds_as_many_gpus_as_are_about_to_go() throws IOException {
        assertSays(new Series(), Map.of("doomed-gpus", 0.0));
        assertSays(
                new Series()
                        .add("lastcall_doomed_gpus{node=\"n1\"}", "8+0x10")
                        .add("lastcall_doomed_gpus{node=\"n2\"}", "4+0x10"),
                Map.of("doomed-gpus", 12.0));
    }

    private void assertSays(Series series, Map<String, Double> wanted) throws IOException {
        ArrayNode tests = JSON.createArrayNode();
        wanted.forEach((name, value) -> {
            ObjectNode test = tests.addObject().put("expr", queries.get(name)).put("eval_time", "5m");
            test.putArray("exp_samples").addObject().put("labels", "{}").put("value", value);
        });
        promtool(series, tests);
    }

    private void assertSilent(Series series, List<String> names) throws IOException {
        ArrayNode tests = JSON.createArrayNode();
        names.forEach(name -> tests.addObject()
                .put("expr", queries.get(name))
                .put("eval_time", "5m")
                .putArray("exp_samples"));
        promtool(series, tests);
    }

    private void promtool(Series series, ArrayNode expressions) throws IOException {
        ObjectNode file = JSON.createObjectNode().put("evaluation_interval", "1m");
        ObjectNode test = file.putArray("tests").addObject().put("interval", "1m");
        test.set("input_series", series.list);
        test.set("promql_expr_test", expressions);
        Path path = directory.resolve("queries.yaml");
        JSON.writeValue(path.toFile(), file);
        ToolRun run = ToolRun.of("promtool", "test", "rules", path.toString());
        assertThat(run.code()).as(run.all()).isZero();
    }

    private static String pod(String name, String pod, String... labels) {
        return name + "{namespace=\"llm\",pod=\"" + pod + "\""
                + (labels.length == 0 ? "" : "," + String.join(",", labels)) + "}";
    }

    /** Constant series, as promtool reads them. */
    private static final class Series {

        private final ArrayNode list = JSON.createArrayNode();

        Series add(String series, String values) {
            list.addObject().put("series", series).put("values", values);
            return this;
        }

        Series up(String pod, int value) {
            return add(pod("up", pod, "job=\"llm/chat\""), value + "+0x10");
        }

        Series engine(String pod, String engine, int running, int waiting, double cache) {
            String[] labels = {"engine=\"" + engine + "\"", "model_name=\"chat\""};
            return add(pod("vllm:num_requests_running", pod, labels), running + "+0x10")
                    .add(pod("vllm:num_requests_waiting", pod, labels), waiting + "+0x10")
                    .add(pod("vllm:kv_cache_usage_perc", pod, labels), cache + "+0x10");
        }

        Series deployment(int wanted, int ready) {
            String labels = "{namespace=\"llm\",deployment=\"chat-spot\"}";
            return add("kube_deployment_spec_replicas" + labels, wanted + "+0x10")
                    .add("kube_deployment_status_replicas_ready" + labels, ready + "+0x10");
        }

        Series doomed(String node, int pods) {
            return add(
                    "lastcall_doomed_pods{namespace=\"llm\",workload=\"chat-spot\",node=\"" + node + "\"}",
                    pods + "+0x10");
        }
    }
}
