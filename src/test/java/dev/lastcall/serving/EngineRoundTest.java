package dev.lastcall.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.SamplePod;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Guards against a port that is forgotten because it was slow, and one that is waited for although nobody is there. */
class EngineRoundTest {
    private static final EngineAnswer IDLE = new EngineAnswer.Page("vllm:num_requests_running 0\n");
    private static final EngineAnswer NOBODY = new EngineAnswer.Other("nobody listens");
    private static final EngineAnswer SILENT = new EngineAnswer.Silence();

    private static EngineEndpoints declared(Integer... ports) {
        return EngineEndpoints.of(SamplePod.named("llm").port(ports).view());
    }

    @Test
    void a_declared_port_that_is_silent_may_be_an_engine_for_a_while() {
        EngineEndpoints two = declared(8000, 8001);
        EngineRound round = EngineRound.NONE;
        for (int times = 1; times < EngineRound.PATIENCE; times++) {
            round = round.next(two, Map.of(8000, IDLE, 8001, SILENT));
            assertThat(round.complete()).as("after %d silences", times).isFalse();
        }
        round = round.next(two, Map.of(8000, IDLE, 8001, SILENT));
        assertThat(round.complete()).isTrue();
        assertThat(round.givenUp()).isEqualTo("8001");
        assertThat(round.ask(two)).as("it is asked all the same").contains(8001);
    }

    @Test
    void an_engine_that_was_heard_once_is_waited_for() {
        EngineEndpoints two = declared(8000, 8001);
        EngineRound round = EngineRound.NONE.next(two, Map.of(8000, IDLE, 8001, IDLE));
        assertThat(round.complete()).isTrue();
        for (EngineAnswer answer : new EngineAnswer[] {NOBODY, SILENT}) {
            EngineRound next = round;
            for (int times = 0; times < 2 * EngineRound.PATIENCE; times++) {
                next = next.next(two, Map.of(8000, IDLE, 8001, answer));
            }
            assertThat(next.complete()).isFalse();
        }
    }

    @Test
    void the_default_port_is_asked_until_a_declared_one_answers_and_never_beside_it() {
        EngineEndpoints one = declared(9000);
        assertThat(EngineRound.NONE.ask(one)).containsExactly(9000, 8000);
        EngineRound proxied = EngineRound.NONE.next(one, Map.of(9000, IDLE, 8000, IDLE));
        assertThat(proxied.readings()).containsOnlyKeys(9000);
        assertThat(proxied.ask(one)).containsExactly(9000);
        EngineRound early = EngineRound.NONE.next(one, Map.of(9000, SILENT, 8000, IDLE));
        assertThat(early.readings()).as("9000 may still be the engine").isEmpty();
        EngineRound elsewhere = EngineRound.NONE.next(one, Map.of(9000, NOBODY, 8000, IDLE));
        assertThat(elsewhere.complete()).isTrue();
        assertThat(elsewhere.ask(one)).containsExactlyInAnyOrder(9000, 8000);
    }

    @Test
    void nothing_heard_is_not_complete_and_says_what_came_instead() {
        EngineRound round = EngineRound.NONE.next(declared(), Map.of(8000, NOBODY));
        assertThat(round.complete()).isFalse();
        assertThat(round.trouble()).isEqualTo("port 8000/metrics: nobody listens");
    }
}
