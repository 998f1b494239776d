package dev.lastcall.support.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.batch.WorkerProgram;
import dev.lastcall.support.controlplane.ChildProcess;
import dev.lastcall.support.controlplane.FreePort;
import dev.lastcall.support.http.HttpCall;
import dev.lastcall.support.kubelet.PodContext;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch job's checkpoint on a real vLLM: what the second worker sends is what the engine would have said itself. */
@Tag("alone")
class RealVllmBatchIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration READY = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final int CHECKPOINT = 64;
    private static final int TOKENS = 300;
    /** Generated between the kill and the engine's sight of the closed connection. */
    private static final int UNHEARD = 4;

    @TempDir
    private Path folder;

    @BeforeAll
    static void install() throws Exception {
        String reason = "skipped: a real vLLM takes 1 GB and minutes; -D" + VllmInstallation.PROPERTY + "=true runs it";
        Assumptions.assumeTrue(VllmInstallation.wanted(), reason);
        Assumptions.assumeTrue(
                RedisQueue.installed(), "skipped: redis-server is missing; the package redis-server brings it");
        Assumptions.assumeTrue(
                Files.isRegularFile(WorkerProgram.PROGRAM),
                "skipped: the batch worker is not packaged; make worker does it");
        VllmInstallation.ensure();
    }

    @Test
    void a_killed_worker_costs_less_than_a_checkpoint_and_the_joined_answer_is_the_uninterrupted_one()
            throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.62.1"), FreePort.find());
        VllmProcessProgram.Server engine = engine(address);
        try (RedisQueue redis = RedisQueue.start(folder)) {
            await("Redis answers").atMost(SOON).until(redis::answers);
            redis.push(job("whole"));
            try (ChildProcess worker = worker("alone", redis, address)) {
                await("the uninterrupted one").atMost(SOON).until(() -> redis.results() == 1);
            }
            double promptBefore = counter(address, "vllm:prompt_tokens_total");
            double generatedBefore = counter(address, "vllm:generation_tokens_total");

            redis.push(job("cut"));
            try (ChildProcess worker = worker("killed", redis, address)) {
                await("a second checkpoint")
                        .atMost(SOON)
                        .until(() -> generated(address) - generatedBefore > 2 * CHECKPOINT + 20);
            }
            await("the engine has dropped it")
                    .atMost(SOON)
                    .until(() -> EngineProbe.value(
                                    HttpCall.get(address, "/metrics").body(),
                                    "vllm:num_requests_running{engine=\"0\",model_name=\"mid\"}")
                            == 0);
            double first = generated(address) - generatedBefore;
            double prompt = counter(address, "vllm:prompt_tokens_total") - promptBefore;
            try (ChildProcess worker = worker("next", redis, address)) {
                await("the one that was cut").atMost(SOON).until(() -> redis.results() == 2);
            }
            double had = counter(address, "vllm:prompt_tokens_total") - promptBefore - 2 * prompt;
            System.out.printf(
                    "a real vLLM: killed after %.0f tokens, went on from %.0f, %.0f generated again%n",
                    first, had, first - had);
            assertThat(had).as("it did not begin anew").isGreaterThanOrEqualTo(CHECKPOINT);
            assertThat(first - had).isBetween(0.0, (double) CHECKPOINT + UNHEARD);
            JsonNode whole = JSON.readTree(redis.result("whole")).path("response");
            JsonNode cut = JSON.readTree(redis.result("cut")).path("response");
            assertThat(cut.at("/usage/completion_tokens").asInt()).isEqualTo(TOKENS);
            assertThat(cut.at("/choices/0/text").asText())
                    .as("greedy, alone on the engine: nothing is missing at the seam, nothing is there twice")
                    .isEqualTo(whole.at("/choices/0/text").asText());
        } finally {
            engine.kill();
        }
    }

    private static String job(String id) {
        return "{\"id\":\"" + id + "\",\"request\":{\"model\":\"mid\",\"prompt\":\"Tell me about nodes that go away.\","
                + "\"max_tokens\":" + TOKENS + ",\"temperature\":0,\"ignore_eos\":true}}";
    }

    private static double generated(InetSocketAddress address) throws IOException {
        return counter(address, "vllm:generation_tokens_total");
    }

    private static double counter(InetSocketAddress address, String name) throws IOException {
        return EngineProbe.value(HttpCall.get(address, "/metrics").body(), name + "{engine=\"0\",model_name=\"mid\"}");
    }

    private ChildProcess worker(String name, RedisQueue redis, InetSocketAddress engine) throws IOException {
        return ChildProcess.start(
                name,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-jar",
                        WorkerProgram.PROGRAM.toString()),
                Map.of(
                        "REDIS_URL",
                        redis.url(),
                        "ENGINE_URL",
                        "http://" + engine.getAddress().getHostAddress() + ":" + engine.getPort(),
                        "LEASE_SECONDS",
                        "3",
                        "CHECKPOINT_TOKENS",
                        Integer.toString(CHECKPOINT),
                        "HTTP_PORT",
                        "0"),
                folder.resolve(name + ".log"));
    }

    private static VllmProcessProgram.Server engine(InetSocketAddress address) throws IOException {
        PodContext context = new PodContext(
                new PodBuilder()
                        .withNewMetadata()
                        .withName("batch-" + address.getPort())
                        .endMetadata()
                        .build(),
                address.getAddress(),
                address.getPort(),
                List.of("vllm", "serve", "mid"));
        VllmProcessProgram.Server server = new VllmProcessProgram(2, Path.of("target", "vllm")).start(context);
        await("vLLM is ready").atMost(READY).pollInterval(Duration.ofSeconds(1)).until(() -> {
            assertThat(server.exited()).as("exited, see %s", server.log()).isNotDone();
            return EngineProbe.healthy(address);
        });
        return server;
    }
}
