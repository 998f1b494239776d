package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.chart.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can't work is refused before anything is installed, by a message that names the value and the remedy. */
class ServingRefusesTest {

    @BeforeAll
    static void helm() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '\u0001', textBlock = """
                    {"model":{"name":""}} | model.name | Hugging Face
                    {"cloud":""} | cloud is empty | pools.spot.nodeSelector
                    {"cloud":"amazon"} | /cloud | aws
                    {"cloud":"tencent"} | pools.spot.nodeSelector | label your spot node pool
                    {"modle":{}} | modle | additional
                    {"engine":{"maxNumSeq":1}} | maxNumSeq | additional
                    {"fullnameOverride":"vllm"} | VLLM_PORT | choose another
                    {"fullnameOverride":"a-name-that-is-too-long-for-the-pods-it-prefixes"} | 38 | fullnameOverride
                    {"fullnameOverride":"9chat"} | letter first | fullnameOverride
                    {"image":{"tag":"latest"}} | /image/tag | not
                    {"image":{"tag":""}} | /image/tag | pattern
                    {"image":{"tag":"v0.17.1"}} | --shutdown-timeout | v0.18
                    {"terminationGracePeriodSeconds":30} | terminationGracePeriodSeconds | = 55
                    {"pools":{"onDemand":{"enabled":false}}} | pools.spot.min | outage
                    {"pools":{"onDemand":{"enabled":false},"spot":{"enabled":false}}} | both false | nothing would serve
                    {"pools":{"onDemand":{"base":0},"spot":{"min":0}}} | nothing could wake | batch.enabled
                    {"pools":{"spot":{"min":9}}} | pools.spot.max | 9
                    {"pools":{"spot":{"tolerations":[{"operator":"Exists"}]}}} | tolerations | reclaimed
                    {"pools":{"spot":{"tolerations":[{"key":"lastcall.dev/interruption","operator":"Exists"}]}}} | tolerations | reclaimed
                    {"autoscaling":{"prometheus":""}} | autoscaling.prometheus | fixed replicas
                    {"autoscaling":{"prometheus":"prometheus:9090"}} | /autoscaling/prometheus | https?
                    {"autoscaling":{"extraTriggers":[{"type":"prometheus","metadata":{"metricName":"x"}}]}} | metricName | schema
                    {"gpu":{"resource":"nvidia.com/mig-1g.10gb"}} | 10 GB | larger profile
                    {"gpu":{"resource":"nvidia.com/mig-3g.40gb","count":2},"engine":{"tensorParallel":2}} | tensorParallel | whole GPUs
                    {"gpu":{"resource":"nvidia.com/mig-3g.40gb"},"buffer":{"enabled":true}} | buffer.enabled | whole GPUs
                    {"gpu":{"resource":"amd.com/gpu"}} | /gpu/resource | nvidia
                    {"engine":{"tensorParallel":2}} | gpu.count | 1
                    {"engine":{"extraEnv":[{"name":"VLLM_SERVER_DEV_MODE","value":"1"}]}} | VLLM_SERVER_DEV_MODE | without a key
                    {"engine":{"extraArgs":["--shutdown-timeout=5"]}} | --shutdown-timeout | engine.shutdownTimeoutSeconds
                    {"engine":{"extraArgs":["--port","9000"]}} | --port | engine.port
                    {"podDisruptionBudget":{"minAvailable":"50%"}} | minAvailable | integer
                    {"podLabels":{"lastcall.dev/rotation":"out"}} | lastcall.dev/rotation | invalid propertyName
                    {"cache":{"accessMode":"ReadWriteOnce"}} | ReadWriteOnce | ReadWriteMany
                    {"cache":{"accessMode":"ReadOnlyMany"}} | ReadOnlyMany | cache.existingClaim
                    {"cache":{"mode":"image"}} | cache.image | OCI
                    {"vpa":{"enabled":true,"updateMode":"Recreate"}} | /vpa/updateMode | InPlaceOrRecreate
                    {"inferencePool":{"enabled":true}} | inferencePool.endpointPicker | Service
                    {"batch":{"enabled":true,"redis":{"address":"redis:6379"}}} | batch.image.repository | make image
                    {"batch":{"enabled":true,"image":{"repository":"r/w"}}} | batch.redis.address | redis.tryOut
                    {"batch":{"redis":{"address":"redis://redis:6379"}}} | /batch/redis/address | pattern
                    """)
    void names_what_is_wrong_and_what_would_be_right(String values, String key, String remedy) throws IOException {
        Path file = Files.createTempFile(Path.of("target"), "wrong", ".json");
        Files.writeString(file, values);
        // The values of the file come last: --set would win over them.
        Path least = Files.createTempFile(Path.of("target"), "least", ".yaml");
        Files.writeString(least, """
                cloud: aws
                model: {name: Qwen/Qwen3-8B}
                autoscaling: {prometheus: "http://prometheus.monitoring.svc:9090"}
                """);
        ToolRun run = ServingChart.template("-f", least.toString(), "-f", file.toString());
        Files.delete(file);
        Files.delete(least);
        assertThat(run.code()).as(run.out()).isNotZero();
        assertThat(run.err()).contains(key, remedy);
        assertThat(run.out()).isEmpty();
    }
}
