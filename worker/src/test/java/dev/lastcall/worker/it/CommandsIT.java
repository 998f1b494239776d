package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.support.OpenAiEngine.Trouble;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** submit, watch and results, as a person uses them. */
class CommandsIT {

    @TempDir
    private Path folder;

    @Test
    void a_file_in_openais_format_comes_back_in_its_order_with_each_lines_own_answer() throws IOException {
        try (Scene scene = new Scene()) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                lines.add("{\"custom_id\":\"request-" + i
                        + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"m\",\"messages\":"
                        + "[{\"role\":\"user\",\"content\":\"" + (i == 5 ? "poison" : "p" + i)
                        + "\"}],\"max_tokens\":4}}");
            }
            Path file = Files.write(folder.resolve("in.jsonl"), lines);
            scene.engine.troubled(seen -> seen.body().toString().contains("poison")
                    ? new Trouble.Refuse(400, "{\"error\":{\"message\":\"no\"}}")
                    : null);
            WorkerProcess submit = scene.command("submit", file.toString());
            assertThat(submit.exitCode()).isZero();
            assertThat(submit.output().lines()).containsExactly("submitted 12 jobs");
            assertThat(scene.queue.pending()).isEqualTo(12);
            WorkerProcess watch = scene.command("watch");
            soon().until(() -> watch.output().contains("12 waiting"));
            assertThat(scene.worker().exitCode()).isZero();
            assertThat(watch.exitCode()).isZero();
            assertThat(watch.output().lines().toList().getLast())
                    .contains("12 of 12")
                    .contains("1 dead");

            Path out = folder.resolve("out.jsonl");
            assertThat(scene.command("results", "-o", out.toString()).exitCode())
                    .isZero();
            List<String> results = Files.readAllLines(out);
            assertThat(results).hasSize(12);
            for (int i = 0; i < 12; i++) {
                assertThat(results.get(i)).contains("\"custom_id\":\"request-" + i + "\"");
                assertThat(results.get(i))
                        .contains(i == 5 ? "\"error\":{\"code\":\"http_400\"" : "\"status_code\":200");
            }
            WorkerProcess again = scene.command("submit", file.toString());
            assertThat(again.exitCode()).isZero();
            assertThat(again.output()).contains("11 have a result");
        }
    }

    @Test
    void a_bad_line_is_named_and_nothing_is_submitted() throws IOException {
        try (Scene scene = new Scene()) {
            Path file = Files.write(
                    folder.resolve("in.jsonl"),
                    List.of(
                            Queue.job("a", "p", 4),
                            "{\"id\":\"b\"}",
                            Queue.job("a", "q", 4),
                            "{\"id\":\"c\",\"request\":{},\"deadline\":\"x\"}"));
            WorkerProcess submit = scene.command("submit", file.toString());
            assertThat(submit.exitCode()).isEqualTo(2);
            assertThat(submit.output().lines())
                    .containsExactly(
                            "lastcall-worker: " + file + ":2: \"request\" (or \"body\") is missing",
                            "lastcall-worker: " + file + ":3: the id \"a\" is that of line 1 too",
                            "lastcall-worker: " + file
                                    + ":4: \"deadline\" is a time like 2026-11-29T12:00:00Z, not \"x\"",
                            "lastcall-worker: nothing was submitted");
            assertThat(scene.queue.pending()).isZero();
        }
    }

    @Test
    void help_names_every_setting_and_an_unknown_argument_is_one_line() {
        try (Scene scene = new Scene();
                WorkerProcess help = WorkerProcess.start(java.util.Map.of(), "--help")) {
            assertThat(help.exitCode()).isZero();
            assertThat(help.output()).contains("REDIS_URL", "CHECKPOINT_TOKENS [64]", "submit FILE.jsonl", "69 Redis");
            WorkerProcess unknown = scene.command("redo");
            assertThat(unknown.exitCode()).isEqualTo(64);
            assertThat(unknown.output().lines())
                    .containsExactly("lastcall-worker: redo: unknown argument; --help says what there is");
        }
    }
}
