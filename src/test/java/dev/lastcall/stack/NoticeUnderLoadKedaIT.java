package dev.lastcall.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.batch.WorkerProgram;
import dev.lastcall.support.load.LoadClient;
import dev.lastcall.support.load.LoadPlan;
import dev.lastcall.support.load.Tally;
import dev.lastcall.support.router.Router;
import dev.lastcall.support.stack.ServingStack;
import dev.lastcall.support.stack.SpotNode;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart with pods that run, under the real KEDA: what a notice does while the load goes on, and a batch whose workers die. */
class NoticeUnderLoadKedaIT {
    private static final Duration SOON = Duration.ofMinutes(3);
    private static final int JOBS = 100;

    @TempDir
    static Path folder;

    private static RedisQueue redis;
    private static WorkerProgram workers;
    private static ServingStack stack;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Boolean.getBoolean("lastcall.serving"), "skipped: make test-serving runs the tests that need KEDA");
        Optional<String> missing = ServingStack.missing();
        assumeTrue(missing.isEmpty(), missing.orElse(""));
        assumeTrue(RedisQueue.installed(), "skipped: redis-server is missing; the package redis-server brings it");
        assumeTrue(
                Files.isRegularFile(WorkerProgram.PROGRAM),
                "skipped: the batch worker is not packaged; make worker does it");
        redis = RedisQueue.start(folder);
        await("Redis answers").atMost(SOON).until(redis::answers);
        Router router = ServingStack.newRouter();
        workers = new WorkerProgram(
                folder, Map.of("REDIS_URL", redis.url(), "ENGINE_URL", ServingStack.url(router.address())));
        stack = ServingStack.start(
                folder,
                router,
                new ServingStack.Settings(
                        4, 2, "label,detach", ServingStack.batch(redis), Map.of(ServingStack.BATCH_IMAGE, workers)),
                System.out::println);
    }

    @AfterAll
    static void stop() throws Exception {
        if (stack != null) {
            stack.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    /** Its operator once ended in the middle of a test, and the autoscaler went on with the last metrics that it had. */
    @AfterEach
    void keda_still_runs() {
        assertThat(stack.ended()).isEmpty();
    }

    @Test
    void load_scales_the_chart_and_two_nodes_go_without_a_request_cut_while_on_demand_steps_in() throws Exception {
        try (LoadClient load = LoadClient.start(
                stack.router().address(),
                LoadPlan.concurrency(29).lasting(Duration.ofSeconds(2), Duration.ofSeconds(6)))) {
            await("four replicas serve, and on demand only its floor")
                    .atMost(SOON)
                    .until(() -> ready(stack.pods("spot")) >= 4 && stack.wanted("ondemand") == 1);
            Set<String> before = names(stack.pods("spot"));
            List<SpotNode> doomed = stack.spot().stream()
                    .filter(NoticeUnderLoadKedaIT::serves)
                    .limit(2)
                    .toList();
            Set<String> going = doomed.stream().map(SpotNode::name).collect(Collectors.toSet());
            int pods = (int) stack.pods("spot").stream()
                    .filter(pod -> going.contains(pod.getSpec().getNodeName()))
                    .count();

            doomed.forEach(node -> node.interrupt(Duration.ofSeconds(60)));
            Set<String> started = new HashSet<>();
            await("each doomed pod has its replacement")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> seen(started, before) >= pods);
            await("what is doomed is asked for on demand, by the agents' own metric")
                    .atMost(Duration.ofSeconds(50))
                    .until(() -> seen(started, before) >= pods && stack.wanted("ondemand") > pods);
            // One more for each replacement that started on the node whose notice came a moment later, and for nothing
            // else.
            int standIns = stack.wanted("ondemand") - 1;
            assertThat(standIns).isLessThanOrEqualTo(seen(started, before));
            for (SpotNode node : doomed) {
                await("the report of " + node.name())
                        .atMost(SOON)
                        .until(() -> stack.report(node).isPresent());
                assertThat(stack.report(node).orElseThrow().path("outcome").asText())
                        .isEqualTo("done");
                node.powerOff();
            }
            load.stopArrivals();
            Tally clients = load.await(SOON);
            assertThat(clients.lost()).as(clients.summary()).isEmpty();
            assertThat(clients.rejected()).as(clients.summary()).isZero();
        }
    }

    @Test
    void the_queue_starts_workers_and_every_job_has_one_result_although_some_are_killed() throws Exception {
        redis.push(IntStream.range(0, JOBS)
                .mapToObj(i -> "{\"id\":\"job-" + i
                        + "\",\"request\":{\"model\":\"tiny\",\"prompt\":\"Job\",\"max_tokens\":20}}")
                .toArray(String[]::new));
        for (int killed = 0; killed < 2; killed++) {
            int enough = (killed + 1) * JOBS / 4;
            await(enough + " results").atMost(SOON).until(() -> redis.results() >= enough);
            // All of them: whoever holds the leases is among them.
            await("the workers are killed while jobs are leased")
                    .atMost(SOON)
                    .until(() -> redis.leased() > 0 && workers.killAll("working on ") > 0);
        }
        await("every job has its result").atMost(SOON).until(() -> redis.results() == JOBS);
        assertThat(List.of(redis.pending(), redis.dead())).containsOnly(0L);
    }

    private static boolean serves(SpotNode node) {
        return stack.pods("spot").stream()
                .anyMatch(pod -> node.name().equals(pod.getSpec().getNodeName()));
    }

    /** Adds the spot pods that were not there before, and counts all that were ever added: some go again at once. */
    private static int seen(Set<String> started, Set<String> before) {
        started.addAll(names(stack.pods("spot")));
        started.removeAll(before);
        return started.size();
    }

    private static long ready(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> pod.getStatus().getConditions().stream()
                        .anyMatch(each -> each.getType().equals("Ready")
                                && each.getStatus().equals("True")))
                .count();
    }

    private static Set<String> names(List<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getName()).collect(Collectors.toSet());
    }
}
