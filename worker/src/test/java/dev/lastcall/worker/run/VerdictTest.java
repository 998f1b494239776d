package dev.lastcall.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.worker.engine.Answer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 404, 413, 422})
    void a_request_that_the_engine_will_never_take_is_dead_at_once_with_its_words(int code) {
        assertThat(Verdict.of(refused(code, "no such model"), 0, 5))
                .isEqualTo(new Verdict.Dead(Integer.toString(code), "HTTP " + code + ": no such model"));
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void an_engine_without_room_is_no_attempt_however_often(int code) {
        assertThat(Verdict.of(refused(code, ""), 4, 5)).isEqualTo(new Verdict.NoRoom(null));
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 408, 409, 500, 502, 504})
    void any_other_refusal_is_an_attempt(int code) {
        assertThat(Verdict.of(refused(code, "x"), 0, 5))
                .isEqualTo(new Verdict.Again(Duration.ofSeconds(1), "HTTP " + code + ": x"));
        assertThat(Verdict.of(refused(code, "x"), 4, 5))
                .isEqualTo(new Verdict.Dead("attempts", "5 attempts failed, the last one with: HTTP " + code + ": x"));
    }

    @Test
    void the_wait_doubles_up_to_a_minute() {
        assertThat(delay(0)).hasSeconds(1);
        assertThat(delay(3)).hasSeconds(8);
        assertThat(delay(40)).hasSeconds(60);
    }

    @Test
    void an_engine_that_nobody_answers_for_gives_the_job_back_and_is_no_attempt() {
        assertThat(Verdict.of(new Answer.Unanswered("refused"), 4, 5)).isEqualTo(new Verdict.GiveBack("refused"));
        assertThat(Verdict.of(new Answer.Aborted(), 4, 5)).isEqualTo(new Verdict.GiveBack(null));
    }

    private static Duration delay(int failures) {
        return ((Verdict.Again) Verdict.of(new Answer.Broken("x"), failures, 1000)).delay();
    }

    private static Answer refused(int code, String words) {
        return new Answer.Refused(code, words, null);
    }
}
