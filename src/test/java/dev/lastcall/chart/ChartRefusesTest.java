package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ToolRun;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wrong value is refused before anything is installed, by a message that names it. */
class ChartRefusesTest {

    @BeforeAll
    static void helm() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    {"config":{"lastcall.drain.force":"sometimes"}} | lastcall.drain.force | spot
                    {"config":{"lastcall.drian.force":"spot"}} | lastcall.drian.force | additional
                    {"config":{"drain.force":"spot"}} | drain.force | additional
                    {"config":{"lastcall.drain.max-concurrency":5000}} | lastcall.drain.max-concurrency | 200
                    {"config":{"lastcall.serving.settle":"soon"}} | lastcall.serving.settle | pattern
                    {"config":{"lastcall.http.port":9000}} | lastcall.http.port | additional
                    {"config":{"lastcall.notice.provider":"azrue"}} | lastcall.notice.provider | azure
                    {"http":{"port":0}} | /http/port | 1
                    {"image":{"digest":"latest"}} | /image/digest | sha256
                    {"image":{"pullPolicy":"Sometimes"}} | /image/pullPolicy | IfNotPresent
                    {"hostNetwrok":false} | hostNetwrok | additional
                    {"terminationGracePeriodSeconds":"long"} | terminationGracePeriodSeconds | integer
                    {"terminationGracePeriodSeconds":5} | terminationGracePeriodSeconds | 30
                    {"admissionPolicy":{"enabled":"sure"}} | /admissionPolicy/enabled | auto
                    {"gpuAllocation":{"path":"var/lib/kubelet"}} | /gpuAllocation/path | ^/
                    {"updateStrategy":{"type":"Recreate"}} | /updateStrategy/type | RollingUpdate
                    {"monitoring":{"prometheusRule":{"enabled":true,"overrides":{"LastcallAgentDwon":{"for":"9m"}}}}} | overrides | LastcallAgentDwon
                    {"monitoring":{"prometheusRule":{"overrides":{"LastcallAgentDown":{"after":"9m"}}}}} | LastcallAgentDown | additional
                    {"monitoring":{"prometheusRule":{"nodePoolLabel":""}}} | /monitoring/prometheusRule/nodePoolLabel | pattern
                    {"commonLabels":{"a":1}} | /commonLabels/a | string
                    """)
    void names_what_is_wrong_and_what_would_be_right(String values, String key, String remedy) throws Exception {
        java.nio.file.Path file = java.nio.file.Files.createTempFile(java.nio.file.Path.of("target"), "wrong", ".json");
        java.nio.file.Files.writeString(file, values);
        ToolRun run = Chart.template("-f", file.toString());
        java.nio.file.Files.delete(file);
        assertThat(run.code()).isNotZero();
        assertThat(run.err()).contains(key, remedy);
        assertThat(run.out()).isEmpty();
    }
}
