package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import dev.lastcall.support.scrape.ScrapeProgram;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The monitors and rules of both charts, as the Prometheus operator's own code judges them. */
class OperatorAcceptsTest {

    /** Of the Prometheus that the configuration is for; none has to be here. */
    private static final String VERSION = "v2.42.0";

    @TempDir
    Path folder;

    @BeforeAll
    static void programs() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        if (!ScrapeProgram.isThere()) {
            System.out.println(ScrapeProgram.SKIPPED);
        }
        assumeTrue(ScrapeProgram.isThere(), ScrapeProgram.SKIPPED);
    }

    @Test
    void it_accepts_monitors_and_rules_of_every_example() throws IOException {
        for (String name : Chart.variants().keySet()) {
            accepts(Chart.template(Chart.variant(name)));
        }
        for (String name : ServingChart.variants().keySet()) {
            accepts(ServingChart.template(ServingChart.variant(name)));
        }
    }

    @Test
    void its_configuration_keeps_the_labels_of_a_series_and_adds_the_node() throws IOException {
        String configuration = accepts(Chart.template(Chart.variant("everything")));
        for (String job : new String[] {"podMonitor", "serviceMonitor"}) {
            assertThat(configuration.split("- job_name: "))
                    .filteredOn(part -> part.startsWith(job + "/"))
                    .singleElement()
                    .asString()
                    .contains("honor_labels: true")
                    .containsPattern("__meta_kubernetes_pod_node_name\\s+target_label: node\\s");
        }
    }

    @Test
    void it_refuses_a_relabeling_and_a_rule_that_prometheus_could_not_load() throws IOException {
        String everything = Chart.template(Chart.variant("everything")).out();
        ToolRun relabeling =
                ScrapeProgram.judge(everything.replace("targetLabel: node", "targetLabel: \"no de\""), VERSION, folder);
        assertThat(relabeling.code()).isNotZero();
        assertThat(relabeling.err()).contains("relabelConfigs");
        ToolRun rule = ScrapeProgram.judge(everything.replaceFirst("expr: .*", "expr: sum("), VERSION, folder);
        assertThat(rule.code()).isNotZero();
        assertThat(rule.err()).contains("PrometheusRule");
    }

    private String accepts(ToolRun render) throws IOException {
        assertThat(render.code()).as(render.err()).isZero();
        ToolRun word = ScrapeProgram.judge(render.out(), VERSION, folder);
        assertThat(word.code()).as(word.err()).isZero();
        return word.out();
    }
}
