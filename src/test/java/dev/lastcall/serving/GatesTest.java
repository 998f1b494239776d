package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodView;
import dev.lastcall.support.drain.FakePods;
import dev.lastcall.support.drain.SamplePod;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class GatesTest {
    private final FakePods pods = new FakePods();
    private final Gates gates = new Gates(pods);

    private static PodView waiting(String name) {
        return SamplePod.named(name).gate(Withdrawals.GATE).view();
    }

    private String gate(String name) {
        return pods.now(name).conditions().getOrDefault(Withdrawals.GATE, "none");
    }

    @Test
    void a_gate_without_an_answer_is_opened_and_one_that_has_one_is_left_alone() {
        pods.add(waiting("new"));
        pods.add(SamplePod.named("out")
                .gate(Withdrawals.GATE)
                .condition(Withdrawals.GATE, "False")
                .view());
        assertThat(gates.admit(pods.latest(), () -> true)).isTrue();
        assertThat(gate("new")).isEqualTo("True");
        assertThat(gate("out")).isEqualTo("False");
    }

    @Test
    void an_opening_that_was_refused_is_still_to_be_done() {
        pods.add(waiting("llm"));
        pods.answerPatch("llm", new PatchAnswer.Failed(500, "etcd"));
        assertThat(gates.admit(pods.latest(), () -> true)).isFalse();
        assertThat(gates.admit(pods.latest(), () -> true)).isTrue();
        assertThat(gate("llm")).isEqualTo("True");
    }

    @Test
    void a_gate_that_a_drain_closed_is_not_opened_by_a_look_at_an_older_picture() {
        PodView asFirstSeen = waiting("llm");
        pods.add(asFirstSeen);
        assertThat(gates.inTurn(asFirstSeen.ref(), () -> gates.close(asFirstSeen)))
                .isInstanceOf(PatchAnswer.Done.class);
        assertThat(gates.admit(List.of(asFirstSeen), () -> true)).isTrue();
        assertThat(gate("llm")).isEqualTo("False");
    }

    @Test
    void while_a_drain_has_its_turn_with_a_pod_the_opening_waits_and_then_finds_the_gate_closed() throws Exception {
        PodView llm = waiting("llm");
        pods.add(llm);
        CountDownLatch inTurn = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<PatchAnswer> closing = threads.submit(() -> gates.inTurn(llm.ref(), () -> {
                inTurn.countDown();
                try {
                    go.await();
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                }
                return gates.close(llm);
            }));
            inTurn.await();
            Future<Boolean> opening = threads.submit(() -> gates.admit(List.of(llm), () -> true));
            go.countDown();
            assertThat(closing.get()).isInstanceOf(PatchAnswer.Done.class);
            assertThat(opening.get()).isTrue();
        }
        assertThat(gate("llm")).isEqualTo("False");
    }

    @Test
    void a_drain_that_has_begun_meanwhile_keeps_the_gate_shut() {
        pods.add(waiting("llm"));
        assertThat(gates.admit(pods.latest(), () -> false)).isTrue();
        assertThat(gate("llm")).isEqualTo("none");
    }
}
