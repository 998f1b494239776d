package dev.lastcall.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.allocation.PodResourcesAnswer;
import dev.lastcall.drain.PodView;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.ReaderState;
import dev.lastcall.kube.Asked;
import dev.lastcall.kube.Budget;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceId;
import dev.lastcall.serving.EngineSight;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each fact becomes the row that names its cause and what to do. */
class RowsTest {

    private static final PodView POD = SamplePod.named("llm-0").in("chat").view();
    private static final Right PODS = Right.ALL.get(1);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0   | refused                | KUBECONFIG",
                "0   | unknown host           | ClusterFirstWithHostNet",
                "0   | tls: no valid path     | ca.crt",
                "401 | Unauthorized           | service account",
                "403 | forbidden              | system:public-info-viewer",
                "503 | etcd is away           | /readyz"
            })
    void a_server_that_is_not_reached_is_told_by_what_came(int status, String reason, String remedy) {
        Row row = ApiRows.server("https://api:6443", new Asked.Refused<>(status, reason));
        assertThat(row.status()).isEqualTo(Row.Status.PROBLEM);
        assertThat(row.detail()).startsWith("https://api:6443: ");
        assertThat(row.remedy()).contains(remedy);
    }

    @Test
    void a_right_is_ok_only_when_every_verb_is_allowed_and_unknown_when_nobody_says() {
        Asked<Boolean> yes = new Asked.Got<>(true);
        assertThat(ApiRows.right(PODS, Map.of("get", yes)).status()).isEqualTo(Row.Status.OK);
        Row refused = ApiRows.right(PODS, Map.of("get", yes, "delete", new Asked.Got<>(false)));
        assertThat(refused.status()).isEqualTo(Row.Status.PROBLEM);
        assertThat(refused.detail()).startsWith("may not delete: ");
        assertThat(ApiRows.right(PODS, Map.of("get", new Asked.Refused<>(500, "etcd")))
                        .status())
                .isEqualTo(Row.Status.UNKNOWN);
    }

    @Test
    void a_dry_run_needs_no_writes() {
        assertThat(PODS.verbs(true)).containsExactly("get", "list", "watch");
        assertThat(PODS.verbs(false)).contains("patch", "delete");
        assertThat(ApiRows.right(PODS, Map.of()).detail()).isEqualTo("not needed (dry run)");
    }

    @Test
    void a_node_that_can_not_be_read_for_another_reason_is_unknown() {
        assertThat(ApiRows.node("n1", new Asked.Refused<>(504, "timeout")).status())
                .isEqualTo(Row.Status.UNKNOWN);
        assertThat(ApiRows.node("n1", new Asked.Got<>(Samples.node())).detail())
                .isEqualTo("node-1, without a providerID, 8 GPUs to give");
    }

    @Test
    void a_watch_that_breaks_is_told_from_one_that_is_refused() {
        assertThat(ApiRows.watch("pods", new Asked.Refused<>(403, "HTTP 403")).remedy())
                .contains("ClusterRole");
        assertThat(ApiRows.watch("pods", new Asked.Refused<>(0, "timeout")).remedy())
                .contains("proxies");
    }

    @ParameterizedTest
    @CsvSource({
        "AWS_SPOT,timeout,hop limit",
        "GCP_PREEMPTED,403,Workload Identity",
        "AZURE,timeout,two minutes",
        "TENCENT,refused,nothing listens"
    })
    void a_metadata_service_that_fails_is_told_by_cloud_and_code(SourceId source, String code, String remedy) {
        Row row = MetadataRows.of(source, "http://service", new Observation.Failed(code, "words"));
        assertThat(row.status()).isEqualTo(Row.Status.PROBLEM);
        assertThat(row.check()).isEqualTo("metadata " + source.cloud().label());
        assertThat(row.remedy()).contains(remedy);
    }

    @Test
    void without_a_cloud_it_matters_whether_that_is_known() {
        assertThat(MetadataRows.none(List.of("auto"), false, false).status()).isEqualTo(Row.Status.UNKNOWN);
        assertThat(MetadataRows.none(List.of("auto"), true, true).detail()).contains("node marks are watched");
        assertThat(MetadataRows.none(List.of("none"), false, false).status()).isEqualTo(Row.Status.OK);
    }

    @ParameterizedTest
    @CsvSource({"YES,PROBLEM", "NO,OK", "UNTOLD,UNKNOWN"})
    void a_missing_library_matters_where_there_are_gpus(GpuRows.Expected expected, Row.Status status) {
        assertThat(nvml(new ReaderState.LibraryMissing("libnvidia-ml.so.1"), expected))
                .singleElement()
                .returns(status, Row::status);
    }

    @Test
    void a_driver_that_is_there_and_shows_nothing_is_a_problem_where_the_node_has_gpus() {
        ReaderState ready = new ReaderState.Ready("570.1");
        assertThat(nvml(ready, GpuRows.Expected.YES)).singleElement().returns(Row.Status.PROBLEM, Row::status);
        assertThat(nvml(ready, GpuRows.Expected.NO)).singleElement().returns(Row.Status.OK, Row::status);
    }

    @ParameterizedTest
    @EnumSource(GpuRows.Expected.class)
    void a_driver_that_fails_is_a_problem_everywhere(GpuRows.Expected expected) {
        for (ReaderState state : List.of(
                new ReaderState.DriverMismatch("nvmlInit_v2"),
                new ReaderState.Failing("nvmlInit_v2", 4),
                new ReaderState.Hung("nvmlInit_v2"),
                new ReaderState.Defect("x"))) {
            Row row = nvml(state, expected).getFirst();
            assertThat(row.status()).isEqualTo(Row.Status.PROBLEM);
            assertThat(row.remedy()).isNotEmpty();
        }
    }

    @Test
    void a_socket_that_is_left_out_on_purpose_is_no_problem() {
        PodResourcesAnswer none = new PodResourcesAnswer.NoSocket();
        assertThat(GpuRows.socket("/s", true, none, false).status()).isEqualTo(Row.Status.OK);
        assertThat(GpuRows.socket("/s", false, none, true).status()).isEqualTo(Row.Status.UNKNOWN);
        assertThat(GpuRows.socket("/s", false, none, true).remedy()).contains("gpuAllocation.enabled=true");
        assertThat(GpuRows.socket("/s", true, none, true).status()).isEqualTo(Row.Status.PROBLEM);
        assertThat(GpuRows.socket("/s", true, new PodResourcesAnswer.Failed("unavailable", "Permission denied"), true)
                        .remedy())
                .contains("uid 0");
    }

    @Test
    void an_engine_that_loads_is_no_problem_and_one_that_does_not_answer_is() {
        assertThat(ServingRows.engine(POD, new EngineSight.Answers(Set.of(8001, 8000)))
                        .detail())
                .isEqualTo("answers on port 8000, 8001");
        assertThat(ServingRows.engine(POD, new EngineSight.NotYet("it is still loading"))
                        .status())
                .isEqualTo(Row.Status.UNKNOWN);
        assertThat(ServingRows.engine(POD, new EngineSight.Trouble("port 8000: nobody listens"))
                        .status())
                .isEqualTo(Row.Status.PROBLEM);
    }

    @Test
    void a_budget_is_a_problem_when_it_never_allows_and_when_there_are_two() {
        Budget blocked = new Budget("llm", 0, 2, 2, 2);
        Budget busy = new Budget("llm", 0, 1, 1, 2);
        assertThat(budget(blocked).status()).isEqualTo(Row.Status.PROBLEM);
        assertThat(budget(busy).status()).as("it will allow one again").isEqualTo(Row.Status.OK);
        assertThat(budget(busy, blocked).detail()).contains("refuses every eviction");
        assertThat(budget().status()).isEqualTo(Row.Status.OK);
    }

    @Test
    void the_table_aligns_and_counts_and_puts_the_remedy_below() throws IOException {
        List<Row> rows = List.of(Row.ok("nvml", "driver 1"), Row.problem("own-node", "none", "name one"));
        assertThat(Output.TEXT.of(rows)).isEqualTo("""
                ok       nvml     driver 1
                problem  own-node none
                                  -> name one
                2 checks: 1 ok, 1 problem, 0 unknown
                """);
        assertThat(Output.JSON.of(rows)).contains("\"status\" : \"problem\"", "\"remedy\" : \"name one\"");
    }

    private static List<Row> nvml(ReaderState state, GpuRows.Expected expected) {
        return GpuRows.nvml(new GpuSnapshot(Instant.EPOCH, Duration.ZERO, state, List.of(), Map.of()), expected);
    }

    private static Row budget(Budget... budgets) {
        return ServingRows.budget(POD, new Asked.Got<>(List.of(budgets)));
    }
}
