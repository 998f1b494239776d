package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import dev.lastcall.kube.SharedLists.NotRead;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Twelve serving pods on one node asked forty times each for the same Services and budgets, and left their routers seconds later for it. */
class SharedListsTest {
    private static final String PATH = "v1 services chat";

    private Instant now = Instant.EPOCH;
    private final AtomicInteger reads = new AtomicInteger();
    private final SharedLists lists = new SharedLists(() -> now, Duration.ofSeconds(1));

    @Test
    void all_who_ask_in_the_same_moment_get_the_answer_of_one_request() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        List<FutureTask<JsonNode>> asked = together(() -> lists.get(PATH, () -> {
            uninterrupted(answer);
            return IntNode.valueOf(reads.incrementAndGet());
        }));
        answer.countDown();
        for (FutureTask<JsonNode> each : asked) {
            assertThat(each.get()).isEqualTo(IntNode.valueOf(1));
        }
        assertThat(reads).hasValue(1);
    }

    @Test
    void a_list_is_asked_for_again_when_it_is_too_old_and_another_one_at_once() throws Exception {
        assertThat(read(PATH)).isEqualTo(1);
        now = now.plusMillis(999);
        assertThat(read(PATH)).isEqualTo(1);
        assertThat(read("v1 services other")).isEqualTo(2);
        now = now.plusMillis(1);
        assertThat(read(PATH)).isEqualTo(3);
    }

    /** Otherwise each would wait for a time-out of its own, one after the other. */
    @Test
    void a_failure_is_everybodys_who_waited_for_it_and_is_not_remembered() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        List<FutureTask<JsonNode>> asked = together(() -> lists.get(PATH, () -> {
            reads.incrementAndGet();
            uninterrupted(answer);
            throw new NotRead("services: HTTP 403, no", true);
        }));
        answer.countDown();
        for (FutureTask<JsonNode> each : asked) {
            assertThatThrownBy(each::get)
                    .hasRootCauseMessage("services: HTTP 403, no")
                    .rootCause()
                    .isInstanceOfSatisfying(
                            NotRead.class,
                            problem -> assertThat(problem.refused()).isTrue());
        }
        assertThat(reads).hasValue(1);
        assertThat(read(PATH)).isEqualTo(2);
    }

    private int read(String path) throws NotRead {
        return lists.get(path, () -> IntNode.valueOf(reads.incrementAndGet())).intValue();
    }

    /** Twelve, all of whom wait when this returns. */
    private static List<FutureTask<JsonNode>> together(Callable<JsonNode> ask) {
        List<FutureTask<JsonNode>> tasks =
                IntStream.range(0, 12).mapToObj(_ -> new FutureTask<>(ask)).toList();
        List<Thread> threads =
                tasks.stream().map(Thread.ofPlatform().daemon()::start).toList();
        await("all wait").until(() -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
        return tasks;
    }

    private static void uninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
