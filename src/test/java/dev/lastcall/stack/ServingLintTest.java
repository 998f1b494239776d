package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.lint.LintRun;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What lint says of the chart that this repository recommends, at both notices that clouds give. */
class ServingLintTest {

    static List<String> examples() {
        return ServingRenderTest.goldens();
    }

    /** Where there may be no more than one pod, it is the only replica, and its budget wants exactly it. */
    private static List<String> onlyReplica(String workload) {
        return Stream.of("budget_blocks", "single_replica@30s", "single_replica@120s")
                .map(finding -> workload + ":" + finding)
                .toList();
    }

    /** {@link ServingRenderTest} holds these files to what Helm renders of the examples. */
    @ParameterizedTest
    @MethodSource("examples")
    void an_example_with_two_pods_or_more_has_no_finding_at_30_s_or_at_120_s(String example) throws IOException {
        String render = Files.readString(Path.of("src/test/resources/serving", example + ".yaml"));
        assertThat(LintRun.findings(render, "--window", "30s,120s"))
                .isEqualTo(example.equals("scale-to-zero") ? onlyReplica("chat-spot") : List.of());
    }

    /** Its values leave one pod in both pools together. */
    @Test
    void the_chart_with_everything_turned_on_has_those_of_its_only_replica_and_no_others() throws IOException {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        ToolRun run = ServingChart.template(ServingChart.variant("everything"));
        assertThat(run.code()).as(run.err()).isZero();
        List<String> both = new ArrayList<>(onlyReplica("chat-spot"));
        both.addAll(onlyReplica("chat-ondemand"));
        assertThat(LintRun.findings(run.out(), "--window", "30s,120s")).isEqualTo(both);
    }

    /** That nothing is found is no proof by itself: the same render without its way out of rotation has a finding. */
    @Test
    void the_render_without_the_label_in_its_service_has_one() throws IOException {
        String render = Files.readString(Path.of("src/test/resources/serving/gke.yaml"))
                .replaceAll("(?m)^    lastcall.dev/rotation: in\\n", "");
        assertThat(LintRun.findings(render)).contains("chat-spot:no_rotation");
    }
}
