package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.KubernetesSchemas;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** kubeconform's word on every render, with the definitions of KEDA and the others. */
class ServingConformsTest {

    @TempDir
    static Path directory;

    @BeforeAll
    static void schemas() throws IOException {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        assumeTrue(ServingChart.definitionsAreThere(), ServingChart.SKIPPED);
        Path definitions = Files.createDirectory(directory.resolve("definitions"));
        for (Path file : ServingChart.definitions()) {
            Files.copy(file, definitions.resolve(file.getFileName()));
        }
        KubernetesSchemas.write(Chart.tools().resolve("swagger.json"), definitions, directory.resolve("schemas"));
    }

    static Stream<String> variants() {
        return ServingChart.variants().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void every_object_conforms_to_its_schema(String variant) throws IOException {
        assertConforms(ServingChart.template(ServingChart.variant(variant)).out());
    }

    @Test
    void a_volume_from_an_image_conforms_too() throws IOException {
        assertConforms(ServingChart.template(
                        "--set", ServingChart.LEAST + ",cache.mode=image,cache.image=registry.example.com/qwen3-8b:1")
                .out());
    }

    @Test
    void the_node_pools_for_karpenter_conform() throws IOException {
        ToolRun run = kubeconform(
                Files.readString(ServingChart.DIRECTORY.resolve("infrastructure/karpenter/nodepools.yaml")));
        assertThat(run.out()).as(run.all()).contains("Valid: 2, Invalid: 0, Errors: 0, Skipped: 0");
    }

    @Test
    void a_misspelt_field_of_a_scaled_object_would_be_found() throws IOException {
        String render =
                ServingChart.template("--set", ServingChart.LEAST).out().replace("minReplicaCount:", "minReplicas:");
        ToolRun run = kubeconform(render);
        assertThat(run.code()).isNotZero();
        assertThat(run.out()).contains("minReplicas");
    }

    private static void assertConforms(String render) throws IOException {
        ToolRun run = kubeconform(render);
        assertThat(run.code()).as(run.all()).isZero();
        assertThat(run.out()).contains("Invalid: 0, Errors: 0, Skipped: 0").doesNotContain("Valid: 0");
    }

    private static ToolRun kubeconform(String render) throws IOException {
        Path file = Files.createTempFile(directory, "render", ".yaml");
        Files.writeString(file, render);
        return ToolRun.of(
                Chart.tools().resolve("kubeconform").toString(),
                "-strict",
                "-summary",
                "-schema-location",
                directory.resolve("schemas") + "/{{ .ResourceKind }}{{ .KindSuffix }}.json",
                file.toString());
    }
}
