package dev.lastcall.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.KubernetesSchemas;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** kubeconform's word on every render, without network and without a cluster. */
class ChartConformsTest {

    @TempDir
    static Path schemas;

    @BeforeAll
    static void schemas() throws IOException {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        KubernetesSchemas.write(
                Chart.tools().resolve("swagger.json"), Chart.tools().resolve("crds"), schemas);
    }

    static Stream<String> variants() {
        return Chart.variants().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void every_object_conforms_to_its_schema(String variant) throws IOException {
        ToolRun run = kubeconform(Chart.template(Chart.variant(variant)).out());
        assertThat(run.code()).as(run.all()).isZero();
        // OpenShift publishes no schema of its constraints that could be brought here.
        String skipped = variant.equals("openshift") ? "Skipped: 1" : "Skipped: 0";
        assertThat(run.out()).contains("Invalid: 0, Errors: 0, " + skipped).doesNotContain("Valid: 0");
    }

    @Test
    void a_misspelt_field_would_be_found() throws IOException {
        String render = Chart.template().out().replace("hostNetwork: true", "hostNetwrok: true");
        ToolRun run = kubeconform(render);
        assertThat(run.code()).isNotZero();
        assertThat(run.out()).contains("hostNetwrok");
    }

    private static ToolRun kubeconform(String render) throws IOException {
        Path file = Files.createTempFile(schemas, "render", ".yaml");
        Files.writeString(file, render);
        return ToolRun.of(
                List.of(
                        Chart.tools().resolve("kubeconform").toString(),
                        "-strict",
                        "-summary",
                        "-skip",
                        Chart.CONSTRAINTS,
                        "-schema-location",
                        schemas + "/{{ .ResourceKind }}{{ .KindSuffix }}.json",
                        file.toString()),
                Map.of());
    }
}
