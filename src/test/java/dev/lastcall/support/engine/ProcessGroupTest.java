package dev.lastcall.support.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose helpers survive it would hold 2 GB each until somebody notices. */
class ProcessGroupTest {

    @TempDir
    Path folder;

    @Test
    void sigkill_takes_the_helpers_of_the_main_process_with_it() throws Exception {
        ProcessGroup group = start("sleep 300 & echo $! ; wait");
        ProcessHandle helper = helper();

        group.kill();

        assertThat(group.exited().get(10, TimeUnit.SECONDS)).isEqualTo(137);
        await().until(() -> gone(helper));
    }

    @Test
    void helpers_that_outlive_the_main_process_are_swept_up_and_its_exit_code_is_kept() throws Exception {
        ProcessGroup group = start("sleep 300 & echo $! ; exit 3");

        assertThat(group.exited().get(10, TimeUnit.SECONDS)).isEqualTo(3);
        await().until(() -> gone(helper()));
    }

    @Test
    void sigterm_reaches_the_main_process_alone() throws Exception {
        ProcessGroup group = start("sleep 300 & echo $! ; trap 'echo hit' TERM; while :; do wait; done");
        ProcessHandle helper = helper();

        group.terminate();

        await().until(() -> Files.readString(log()).contains("hit"));
        assertThat(gone(helper)).isFalse();
        group.kill();
    }

    private ProcessGroup start(String script) throws IOException {
        return ProcessGroup.start(List.of("sh", "-c", script), Map.of(), log());
    }

    private Path log() {
        return folder.resolve("log");
    }

    private ProcessHandle helper() {
        String first =
                await().until(() -> Files.readString(log()).lines().findFirst().orElse(""), said -> !said.isEmpty());
        return ProcessHandle.of(Long.parseLong(first)).orElse(ProcessHandle.current());
    }

    /** A zombie that nobody reaps has no command any more. */
    private static boolean gone(ProcessHandle process) {
        return !process.isAlive()
                || process.pid() == ProcessHandle.current().pid()
                || process.info().command().equals(Optional.empty());
    }
}
