package dev.lastcall.demo;

import dev.lastcall.support.batch.RedisQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The batch half of the serving stack, watched: jobs while workers are killed. Environment as for {@link Demo}, of which only
 * {@code NO_COLOR} and {@code FORCE_COLOR} matter here. Exit code 0: every job has its result; 1: not so, or the demo failed.
 */
public final class ServingDemo {

    private ServingDemo() {}

    public static void main(String[] args) {
        System.exit(DemoStage.run(System.getenv(), (screen, step, folder, options) -> play(screen, step, folder)));
    }

    private static boolean play(Screen screen, Consumer<String> step, Path folder) throws IOException {
        screen.line(new Timeline(screen.style()).heading("Lastcall: a batch whose workers are killed"));
        screen.line("Redis and the workers are real, the engine imitates vLLM. A notice under load: make demo.");
        screen.line("Autoscaling is not part of this: make test-serving shows it on the real KEDA.");
        screen.line("");
        if (!RedisQueue.installed()) {
            screen.line("  redis-server is missing; the package redis-server brings it.");
            return false;
        }
        BatchRun run = new BatchRun(screen, step, folder);
        BatchRun.Result result = run.play();
        screen.line("");
        run.score(result).forEach(screen::line);
        screen.line("");
        screen.line(
                result.complete()
                        ? screen.style().paint(Style.Ink.GREEN, "  Every job has exactly one result.")
                        : screen.style().paint(Style.Ink.RED, "  Jobs are without a result."));
        return result.complete() && result.killed() > 0;
    }
}
