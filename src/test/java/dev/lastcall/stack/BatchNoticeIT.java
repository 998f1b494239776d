package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.batch.WorkerProgram;
import dev.lastcall.support.chart.Chart;
import dev.lastcall.support.chart.ServingChart;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.engine.EngineOptions;
import dev.lastcall.support.engine.VllmEngine;
import dev.lastcall.support.http.HttpCall;
import dev.lastcall.support.scenario.Scenario;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A notice under batch: the serving chart's own Job (as KEDA would make it), the packaged worker, a real Redis, a real control plane
 * and the packaged agent.
 */
class BatchNoticeIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int TOKENS = 400;
    private static final String LONG_JOB =
            "{\"id\":\"long\",\"request\":{\"model\":\"tiny\",\"prompt\":\"tell\",\"max_tokens\":" + TOKENS + "}}";

    @TempDir
    private Path folder;

    @BeforeAll
    static void programs() {
        assumeTrue(Chart.helmIsThere(), Chart.SKIPPED);
        assumeTrue(RedisQueue.installed(), "skipped: redis-server is missing; the package redis-server brings it");
        assumeTrue(
                Files.isRegularFile(WorkerProgram.PROGRAM),
                "skipped: the batch worker is not packaged; make worker does it");
    }

    @Test
    void a_job_on_a_doomed_node_goes_on_at_another_worker_from_its_checkpoint_and_nobody_counts_a_failure()
            throws Exception {
        EngineOptions options = EngineOptions.tiny("--lastcall-itl-ms", "50");
        try (RedisQueue redis = RedisQueue.start(folder);
                VllmEngine first = VllmEngine.start(InetAddress.getLoopbackAddress(), 0, options, "first");
                VllmEngine second = VllmEngine.start(InetAddress.getLoopbackAddress(), 0, options, "second")) {
            await("Redis answers").atMost(SOON).until(redis::answers);
            WorkerProgram doomed = new WorkerProgram(folder, at(redis, first));
            WorkerProgram spare = new WorkerProgram(folder, at(redis, second));
            try (Scenario node = new Scenario(
                    ControlPlane.shared(),
                    "batch",
                    Map.of("lastcall.test/doomed", doomed, "lastcall.test/spare", spare))) {
                node.startAgent();
                redis.push(LONG_JOB);
                create(node, "first", "lastcall.test/doomed", node.kubelet().nodeName());
                await("the job has a checkpoint").atMost(SOON).until(() -> redis.checkpoints() == 1);
                create(node, "second", "lastcall.test/spare", node.spare().nodeName());
                String waiting = pod(node, "second").getMetadata().getName();
                await("the other worker waits for work")
                        .atMost(SOON)
                        .until(() -> spare.output(waiting).contains("working on "));
                String leaving = pod(node, "first").getMetadata().getName();

                node.interrupt(SOON);
                await("the job is at the other engine")
                        .atMost(SOON)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> second.running() == 1);
                Instant again = Instant.now();
                Pod evicted = pod(node, "first");

                System.out.printf(
                        "a job is at another engine %d ms after the SIGTERM to its worker%n",
                        Duration.between(doomed.asked(leaving).orElseThrow(), again)
                                .toMillis());
                assertThat(evicted.getStatus().getConditions())
                        .extracting(PodCondition::getType)
                        .as("what the Job's podFailurePolicy goes by")
                        .contains("DisruptionTarget");
                await("its result is there").atMost(SOON).until(() -> redis.results() == 1);
                JsonNode result = JSON.readTree(redis.result("long"));
                assertThat(result.path("status").asText()).isEqualTo("ok");
                assertThat(result.path("attempts").asInt())
                        .as("an interruption is no attempt")
                        .isEqualTo(1);
                assertThat(result.at("/response/choices/0/text").asText()).isEqualTo("x".repeat(TOKENS));
                assertThat(HttpCall.get(second.address(), "/metrics").body())
                        .as("the second went on where the first was")
                        .doesNotContain("generation_tokens_total{engine=\"0\",model_name=\"tiny\"} " + TOKENS);
                assertThat(List.of(redis.pending(), redis.leased(), redis.dead()))
                        .containsOnly(0L);
                await("the Job on the doomed node has ended").atMost(SOON).until(() -> ended(status(node, "first")));
                assertThat(status(node, "first").getFailed())
                        .as("of backoffLimit")
                        .isIn(null, 0);
                assertThat(node.awaitReport(SOON).at("/pods/failed").asInt(-1)).isZero();
            }
        }
    }

    private static Map<String, String> at(RedisQueue redis, VllmEngine engine) {
        return Map.of(
                "REDIS_URL",
                redis.url(),
                "ENGINE_URL",
                "http://127.0.0.1:" + engine.address().getPort());
    }

    /** From the ScaledJob's template, but with the image and the node of this test. */
    private static void create(Scenario node, String name, String image, String nodeName) throws Exception {
        ObjectNode spec = ServingChart.objects(
                        "-f",
                        ServingChart.DIRECTORY.resolve("examples/batch.yaml").toString(),
                        "--set",
                        "batch.drainSeconds=5,batch.leaseSeconds=3600")
                .stream()
                .filter(object -> object.path("kind").asText().equals("ScaledJob"))
                .findFirst()
                .orElseThrow()
                .at("/spec/jobTargetRef")
                .deepCopy();
        ObjectNode pod = (ObjectNode) spec.at("/template/spec");
        pod.put("nodeName", nodeName);
        ((ObjectNode) pod.at("/containers/0")).put("image", image);
        ObjectNode job = JSON.createObjectNode().put("apiVersion", "batch/v1").put("kind", "Job");
        job.putObject("metadata").put("name", name).put("namespace", node.namespace());
        job.set("spec", spec);
        node.client()
                .resource(node.client().getKubernetesSerialization().unmarshal(job.toString(), Job.class))
                .create();
    }

    private static Pod pod(Scenario node, String job) {
        return await("a pod of Job " + job)
                .atMost(SOON)
                .until(
                        () -> node.client()
                                .pods()
                                .inNamespace(node.namespace())
                                .withLabel("job-name", job)
                                .list()
                                .getItems(),
                        pods -> !pods.isEmpty())
                .getFirst();
    }

    private static JobStatus status(Scenario node, String name) {
        return node.client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(node.namespace())
                .withName(name)
                .require()
                .getStatus();
    }

    private static boolean ended(JobStatus status) {
        return status.getConditions().stream()
                .anyMatch(condition -> condition.getType().equals("Complete")
                        && condition.getStatus().equals("True"));
    }
}
