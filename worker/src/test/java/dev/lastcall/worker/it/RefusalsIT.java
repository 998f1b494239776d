package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.OpenAiEngine.Trouble;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerProcess;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Jobs, a Redis and an engine that say no: a reason for people, nothing lost, no worker that starts and ends for ever. */
class RefusalsIT {

    @Test
    void a_line_that_is_no_job_is_dead_with_its_reason_and_the_next_one_is_done() {
        try (Scene scene = new Scene()) {
            scene.queue.push(
                    "no job",
                    "{\"id\":\"empty\"}",
                    "{\"id\":\"late\",\"request\":{\"prompt\":\"p\"},\"deadline\":\"tomorrow\"}",
                    Queue.job("good", "tell", 4));
            WorkerProcess worker = scene.worker("CONCURRENCY", "1");
            assertThat(worker.exitCode()).isZero();

            assertThat(scene.queue.dead()).hasSize(3).allSatisfy(letter -> {
                assertThat(letter.path("status").textValue()).isEqualTo("malformed");
                assertThat(letter.path("reason").textValue()).isNotBlank();
                assertThat(letter.path("attempts").intValue()).isZero();
                assertThat(worker.output())
                        .contains("job " + letter.path("id").textValue() + " is dead (malformed): "
                                + letter.path("reason").textValue());
            });
            assertThat(scene.queue.dead())
                    .extracting(letter -> letter.path("job").asText())
                    .contains("no job");
            assertThat(scene.queue.dead())
                    .extracting(letter -> letter.path("reason").textValue())
                    .contains(
                            "\"request\" (or \"body\") is missing",
                            "\"deadline\" is a time like 2026-11-29T12:00:00Z, not \"tomorrow\"");
            assertThat(scene.engine.requests()).hasSize(1);
            assertThat(scene.queue.result("good").path("status").textValue()).isEqualTo("ok");
            assertThat(scene.queue.leavesNothingElse()).isTrue();
        }
    }

    @Test
    void a_job_on_which_the_engine_breaks_is_dead_after_its_attempts_and_holds_up_nobody() {
        try (Scene scene = new Scene()) {
            scene.engine.troubled(seen -> seen.body().toString().contains("poison")
                    ? new Trouble.Refuse(500, "{\"error\":{\"message\":\"EngineCore died\"}}")
                    : null);
            scene.queue.push(Queue.job("poisoned", "poison", 4), Queue.job("good", "tell", 4));
            assertThat(scene.worker("CONCURRENCY", "1", "MAX_ATTEMPTS", "3").exitCode())
                    .isZero();

            assertThat(scene.queue.dead()).hasSize(1);
            JsonNode letter = scene.queue.dead().getFirst();
            assertThat(letter.path("id").textValue()).isEqualTo("poisoned");
            assertThat(letter.path("status").textValue()).isEqualTo("attempts");
            assertThat(letter.path("reason").textValue()).contains("3 attempts", "HTTP 500", "EngineCore died");
            assertThat(letter.path("attempts").intValue()).isEqualTo(3);
            assertThat(scene.engine.requests()).hasSize(4);
            assertThat(scene.queue.result("good").path("attempts").intValue()).isEqualTo(1);
            assertThat(scene.queue.leavesNothingElse()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"400, context length is 4096", "401, Unauthorized", "404, The model `tiny` does not exist"})
    void a_request_that_the_engine_refuses_is_dead_at_once_in_the_engines_words(int code, String words) {
        try (Scene scene = new Scene()) {
            scene.engine.troubled(seen -> new Trouble.Refuse(code, "{\"error\":{\"message\":\"" + words + "\"}}"));
            // Without token ids asked for, so that the refusal is not taken for one of that field.
            scene.queue.push("{\"id\":\"j\",\"request\":{\"model\":\"tiny\",\"prompt\":\"p\",\"n\":2}}");
            WorkerProcess worker = scene.worker();
            assertThat(worker.exitCode()).isZero();
            JsonNode letter = scene.queue.dead().getFirst();
            assertThat(letter.path("status").asText()).isEqualTo(Integer.toString(code));
            assertThat(letter.path("reason").textValue()).isEqualTo("HTTP " + code + ": " + words);
            assertThat(letter.path("attempts").intValue()).isEqualTo(1);
            assertThat(scene.engine.requests()).hasSize(1);
            assertThat(worker.output()).contains("job j is dead (" + code + "): HTTP " + code + ": " + words);
            assertThat(scene.queue.leavesNothingElse()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"429", "503"})
    void an_engine_without_room_costs_no_attempt_and_is_asked_again(int code) {
        try (Scene scene = new Scene()) {
            AtomicInteger asked = new AtomicInteger();
            scene.engine.troubled(seen -> asked.incrementAndGet() <= 3 ? new Trouble.Refuse(code, "{}") : null);
            scene.queue.push(Queue.job("j", "tell", 4));
            assertThat(scene.worker("MAX_ATTEMPTS", "1").exitCode()).isZero();
            assertThat(scene.queue.result("j").path("attempts").intValue()).isEqualTo(1);
            assertThat(scene.engine.requests()).hasSize(4);
            assertThat(scene.queue.dead()).isEmpty();
        }
    }

    @Test
    void a_job_waits_for_as_long_as_the_engine_asks_by_redis_clock() {
        try (Scene scene = new Scene()) {
            scene.engine.troubled(seen -> new Trouble.Refuse(429, "{}", "Retry-After", "3600"));
            scene.queue.push(Queue.job("j", "tell", 4));
            WorkerProcess worker = scene.worker("IDLE_SECONDS", "1");
            soon().until(() -> scene.queue.delayed() == 1);
            long due = Long.parseLong(
                    scene.redis.ask("ZSCORE", Queue.NAME + ":delayed", "j").toString());
            long seconds = Long.parseLong(scene.redis.list("TIME").getFirst().toString());
            assertThat(due / 1000 - seconds).isBetween(3500L, 3600L);
            worker.terminate();
            assertThat(worker.exitCode()).isZero();
            assertThat(scene.queue.delayed()).isEqualTo(1);
            assertThat(scene.engine.requests()).hasSize(1);
        }
    }

    @Test
    void an_engine_that_nobody_answers_for_is_named_and_its_jobs_stay_in_the_queue() {
        try (Scene scene = new Scene()) {
            scene.engine.close();
            scene.queue.push(Queue.job("a", "tell", 4), Queue.job("b", "tell", 4));
            WorkerProcess worker = scene.worker("MAX_ATTEMPTS", "1");
            soon().until(() -> worker.output().contains("does not answer (ENGINE_URL)"));
            worker.terminate();
            assertThat(worker.exitCode()).isZero();
            assertThat(worker.output()).containsOnlyOnce("does not answer (ENGINE_URL)");
            assertThat(scene.queue.pending()).isEqualTo(2);
            assertThat(scene.queue.dead()).isEmpty();
            assertThat(scene.queue.leased()).isZero();
        }
    }

    @Test
    void a_wrong_password_is_one_line_that_names_the_setting_and_exit_code_78() {
        try (Scene scene = new Scene()) {
            scene.queue.push(Queue.job("j", "tell", 4));
            scene.redis.ask("CONFIG", "SET", "requirepass", "right");
            WorkerProcess worker = scene.worker("REDIS_PASSWORD", "wrong");
            assertThat(worker.exitCode()).isEqualTo(78);
            assertThat(worker.output().lines().filter(line -> line.contains(" WARN ") || line.contains(" ERROR ")))
                    .singleElement()
                    .asString()
                    .contains("does not let this worker in", "WRONGPASS", "check REDIS_PASSWORD");
            assertThat(worker.output()).doesNotContain("Exception", "\tat ");

            WorkerProcess right = scene.worker("REDIS_PASSWORD", "right");
            assertThat(right.exitCode()).isZero();
            assertThat(scene.engine.requests()).hasSize(1);
        }
    }

    @Test
    void a_full_redis_is_named_loses_nothing_and_gets_the_finished_answer_when_it_has_room() {
        try (Scene scene = new Scene("--maxmemory-policy", "noeviction")) {
            scene.engine.slowed(5);
            scene.queue.push(Queue.job("begun", "tell", 40), Queue.job("waits", "wait", 40));
            WorkerProcess worker = scene.worker("CONCURRENCY", "1");
            soon().until(() -> scene.engine.requests().size() == 1);
            scene.redis.ask("CONFIG", "SET", "maxmemory", "1");
            soon().until(() -> worker.output().contains("takes no writes: "));
            assertThat(worker.output()).contains("OOM", "nothing is lost").doesNotContain("\tat ");
            assertThat(scene.queue.pending() + scene.queue.leased()).isEqualTo(2);
            assertThat(worker.alive()).isTrue();
            scene.redis.ask("CONFIG", "SET", "maxmemory", "0");

            assertThat(worker.exitCode()).isZero();
            assertThat(scene.queue
                            .result("begun")
                            .at("/response/choices/0/text")
                            .textValue())
                    .isEqualTo(OpenAiEngine.text("tell", 40));
            assertThat(scene.queue.results()).isEqualTo(2);
            assertThat(scene.engine.requests()).hasSize(2);
            assertThat(scene.queue.leavesNothingElse()).isTrue();
        }
    }
}
