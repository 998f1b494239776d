package dev.lastcall.worker.cli;

import dev.lastcall.worker.job.Json;
import dev.lastcall.worker.queue.JobQueue;
import dev.lastcall.worker.queue.QueueState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code results [-o FILE]}: a line for each result and each dead letter. */
public final class ResultsCommand {

    private final JobQueue queue;
    private final Json json;

    public ResultsCommand(JobQueue queue, Json json) {
        this.queue = queue;
        this.json = json;
    }

    public int run(@Nullable String file) {
        List<String> lines = new BatchOutput(json).lines(queue.results(), queue.dead());
        QueueState state = queue.state();
        if (file == null) {
            lines.forEach(System.out::println);
        } else {
            try {
                // Whoever reads the file sees all of it or what was there before.
                Path target = Path.of(file).toAbsolutePath();
                Path fresh = Files.createTempFile(target.getParent(), ".results", ".jsonl");
                Files.write(fresh, lines);
                Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                System.err.println("lastcall-worker: " + file + " can't be written: " + e.getMessage());
                return SubmitCommand.BAD_INPUT;
            }
            System.out.println(lines.size() + " lines in " + file + ", " + state.dead() + " of them dead letters");
        }
        if (state.open() > 0) {
            System.err.println("lastcall-worker: " + state.open() + " jobs are not done yet");
        }
        return 0;
    }
}
