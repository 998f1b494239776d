package dev.lastcall.demo;

import static org.awaitility.Awaitility.await;

import dev.lastcall.support.batch.RedisQueue;
import dev.lastcall.support.batch.WorkerProgram;
import dev.lastcall.support.engine.EngineOptions;
import dev.lastcall.support.engine.VllmEngine;
import dev.lastcall.support.router.Router;
import dev.lastcall.support.stack.ServingStack;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The serving stack, watched: load rises, two nodes are taken back, and a batch loses workers. Environment as for {@link Demo}, of which only
 * {@code NO_COLOR} and {@code FORCE_COLOR} matter here. Exit code 0: no request was cut or turned away, each doomed pod had its replacement on spot
 * and its stand-in on demand, both drains are done, and every job has its result although workers were killed; 1: not so, or the demo failed, or
 * what it needs is not there.
 */
public final class ServingDemo {

    private final Screen screen;
    private final Consumer<String> step;
    private final Path folder;

    private ServingDemo(Screen screen, Consumer<String> step, Path folder) {
        this.screen = screen;
        this.step = step;
        this.folder = folder;
    }

    public static void main(String[] args) {
        System.exit(DemoStage.run(
                System.getenv(), (screen, step, folder, options) -> new ServingDemo(screen, step, folder).play()));
    }

    private boolean play() throws Exception {
        screen.line(new Timeline(screen.style()).heading("Lastcall: the serving stack, its nodes and its batch"));
        screen.line("Real: API server, scheduler, HPA, KEDA, Prometheus, Redis, agents and batch workers.");
        screen.line("Simulated: the nodes, the engines (they imitate vLLM), the metadata service, kube-state-metrics.");
        screen.line("");
        if (!RedisQueue.installed()) {
            screen.line("  redis-server is missing; the package redis-server brings it.");
            return false;
        }
        try (RedisQueue redis = RedisQueue.start(folder)) {
            await("Redis answers").atMost(Duration.ofSeconds(30)).until(redis::answers);
            Optional<String> missing = ServingStack.missing();
            if (missing.isPresent()) {
                screen.line("  Load and notice are left out: " + missing.get().replace("skipped: ", ""));
                var _ = batchAlone(redis);
                return false;
            }
            return whole(redis);
        }
    }

    private boolean whole(RedisQueue redis) throws Exception {
        Router router = ServingStack.newRouter();
        WorkerProgram workers = new WorkerProgram(
                folder, Map.of("REDIS_URL", redis.url(), "ENGINE_URL", ServingStack.url(router.address())));
        try (ServingStack stack = ServingStack.start(
                folder,
                router,
                new ServingStack.Settings(
                        4, 2, "label,detach", ServingStack.batch(redis), Map.of(ServingStack.BATCH_IMAGE, workers)),
                step)) {
            StackRun run = new StackRun(screen, stack);
            StackRun.Result load = run.play();
            screen.line("");
            run.score(load).forEach(screen::line);
            BatchRun jobs = new BatchRun(screen, folder);
            jobs.submit(redis);
            BatchRun.Result done = jobs.play(redis, Workers.ofKeda(workers));
            screen.line("");
            jobs.score(done).forEach(screen::line);
            screen.line("");
            return verdict(load.well(), done);
        }
    }

    private boolean batchAlone(RedisQueue redis) throws IOException {
        EngineOptions options = EngineOptions.tiny("--max-num-seqs", "16", "--lastcall-itl-ms", "40");
        try (VllmEngine engine = VllmEngine.start(InetAddress.getLoopbackAddress(), 0, options, "engine")) {
            BatchRun jobs = new BatchRun(screen, folder);
            jobs.submit(redis);
            Map<String, String> environment = Map.of(
                    "REDIS_URL",
                    redis.url(),
                    "ENGINE_URL",
                    ServingStack.url(engine.address()),
                    "LEASE_SECONDS",
                    "3",
                    "HTTP_PORT",
                    "0");
            try (Workers workers = Workers.processes(folder, environment)) {
                BatchRun.Result done = jobs.play(redis, workers);
                screen.line("");
                jobs.score(done).forEach(screen::line);
                screen.line("");
                return verdict(true, done);
            }
        }
    }

    private boolean verdict(boolean nothingCut, BatchRun.Result jobs) {
        boolean whole = jobs.complete() && jobs.killed() > 0;
        String words = whole
                ? "  Every job has exactly one result"
                : jobs.complete() ? "  No worker could be killed" : "  Jobs are without a result";
        words += nothingCut ? "." : "; but not everything went as promised under load and notice.";
        screen.line(screen.style().paint(whole && nothingCut ? Style.Ink.GREEN : Style.Ink.RED, words));
        return whole && nothingCut;
    }
}
