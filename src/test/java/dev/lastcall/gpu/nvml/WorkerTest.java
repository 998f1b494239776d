package dev.lastcall.gpu.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.gpu.nvml.Worker.Outcome;
import dev.lastcall.support.nvml.NvmlSim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {

    @TempDir
    Path folder;

    /** Eight GPUs that hang cost a scan one deadline, not eight: each deadline counts from the common start. */
    @Test
    @Timeout(60)
    void a_task_that_was_started_long_ago_is_given_up_without_another_wait() throws Exception {
        NvmlSim sim = NvmlSim.in(folder, """
                {"gpus": [{"geometry": "t4"}]}
                """);
        NvmlLibrary library = NvmlLibrary.load(sim.library()).orElseThrow();
        AtomicLong now = new AtomicLong();
        Duration deadline = Duration.ofHours(1);
        CountDownLatch never = new CountDownLatch(1);
        try (Worker first = new Worker("first", new Calls(library, new ErrorCounts()), deadline, now::get);
                Worker second = new Worker("second", new Calls(library, new ErrorCounts()), deadline, now::get)) {
            Future<Boolean> one = first.start(() -> never.await(1, java.util.concurrent.TimeUnit.DAYS));
            Future<Boolean> other = second.start(() -> never.await(1, java.util.concurrent.TimeUnit.DAYS));

            now.set(deadline.multipliedBy(3).toNanos());

            assertThat(first.await(one)).isEqualTo(new Outcome.Hung<Boolean>("a scan", true));
            assertThat(second.await(other)).isEqualTo(new Outcome.Hung<Boolean>("a scan", true));
            assertThat(second.start(() -> true)).as("it is still in there").isNull();
        } finally {
            never.countDown();
        }
    }
}
