package dev.lastcall.worker.it;

import static dev.lastcall.worker.it.Scene.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.worker.support.OpenAiEngine;
import dev.lastcall.worker.support.OpenAiEngine.Seen;
import dev.lastcall.worker.support.OpenAiEngine.Trouble;
import dev.lastcall.worker.support.Queue;
import dev.lastcall.worker.support.WorkerProcess;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A generation that is cut goes on from its last checkpoint. */
class CheckpointIT {

    private static final String CHAT =
            "{\"id\":\"j\",\"request\":{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"tell\"}],\"max_tokens\":400}}";

    @ParameterizedTest
    @ValueSource(strings = {"completion", "chat"})
    void after_a_kill_the_next_worker_generates_no_more_than_one_checkpoint_again(String kind) {
        try (Scene scene = new Scene()) {
            scene.engine.slowed(10);
            scene.queue.push(kind.equals("chat") ? CHAT : Queue.job("j", "tell", 400));
            WorkerProcess first = scene.worker("LEASE_SECONDS", "2");
            soon().until(() -> scene.redis.number("HEXISTS", "inference-jobs:partial", "j") == 1);
            first.kill();
            assertThat(scene.worker("LEASE_SECONDS", "2").exitCode()).isZero();

            JsonNode result = scene.queue.result("j");
            JsonNode response = result.path("response");
            String text = response.at(kind.equals("chat") ? "/choices/0/message/content" : "/choices/0/text")
                    .textValue();
            assertThat(text).isEqualTo(OpenAiEngine.text("tell", 400));
            assertThat(response.path("object").textValue())
                    .isEqualTo(kind.equals("chat") ? "chat.completion" : "text_completion");
            assertThat(response.at("/usage/prompt_tokens").intValue()).isEqualTo(4);
            assertThat(response.at("/usage/completion_tokens").intValue()).isEqualTo(400);
            assertThat(response.at("/usage/total_tokens").intValue()).isEqualTo(404);
            assertThat(result.path("attempts").intValue()).isEqualTo(1);

            List<Seen> requests = scene.engine.requests();
            assertThat(requests).hasSize(2);
            Seen continuation = requests.get(1);
            assertThat(continuation.path()).isEqualTo("/v1/completions");
            int had = continuation.body().path("prompt").size() - 4;
            assertThat(had).isGreaterThanOrEqualTo(64);
            assertThat(continuation.body().path("max_tokens").intValue()).isEqualTo(400 - had);
            assertThat(scene.queue.leavesNothingElse()).isTrue();
        }
    }

    @Test
    void a_killed_worker_loses_less_than_one_checkpoint_and_all_ids_are_one_sequence() {
        int sent = 150;
        try (Scene scene = new Scene()) {
            AtomicInteger asked = new AtomicInteger();
            scene.engine.troubled(seen -> asked.incrementAndGet() == 1 ? new Trouble.SilentAfter(sent) : null);
            scene.queue.push(Queue.job("j", "tell", 400));
            WorkerProcess first = scene.worker("LEASE_SECONDS", "2", "CHECKPOINT_TOKENS", "64");
            soon().until(() -> scene.queue.checkpoint("j") >= 2 * 64);
            first.kill();
            assertThat(scene.worker("LEASE_SECONDS", "2").exitCode()).isZero();

            JsonNode continuation = scene.engine.requests().get(1).body();
            int had = continuation.path("prompt").size() - "tell".length();
            System.out.printf("killed after %d tokens: %d generated again%n", sent, sent - had);
            assertThat(sent - had).isBetween(0, 64);
            assertThat(continuation.path("prompt"))
                    .extracting(JsonNode::intValue)
                    .isEqualTo(OpenAiEngine.sequence("tell", had));
            assertThat(scene.queue.result("j").at("/response/choices/0/text").textValue())
                    .isEqualTo(OpenAiEngine.text("tell", 400));
        }
    }

    @Test
    void a_stream_that_breaks_goes_on_from_its_last_token_and_counts_as_an_attempt() {
        try (Scene scene = new Scene()) {
            AtomicInteger asked = new AtomicInteger();
            scene.engine.troubled(seen -> switch (asked.incrementAndGet()) {
                case 1 -> new Trouble.CutAfter(70);
                case 2 -> new Trouble.FailAfter(31);
                default -> null;
            });
            scene.queue.push(Queue.job("j", "tell", 200));
            assertThat(scene.worker().exitCode()).isZero();
            assertThat(scene.queue.result("j").at("/response/choices/0/text").textValue())
                    .isEqualTo(OpenAiEngine.text("tell", 200));
            assertThat(scene.queue.result("j").path("attempts").intValue()).isEqualTo(3);
            // Up to the last whole character: no more than a few tokens again.
            assertThat(scene.engine.requests().get(2).body().path("prompt").size())
                    .isBetween(4 + 90, 4 + 101);
        }
    }

    @Test
    void an_engine_that_falls_silent_is_left_after_the_time_that_was_set() {
        try (Scene scene = new Scene()) {
            AtomicInteger asked = new AtomicInteger();
            scene.engine.troubled(seen -> asked.incrementAndGet() == 1 ? new Trouble.SilentAfter(70) : null);
            scene.queue.push(Queue.job("j", "tell", 100));
            assertThat(scene.worker("ENGINE_SILENCE_SECONDS", "2").exitCode()).isZero();
            assertThat(scene.queue.result("j").at("/response/choices/0/text").textValue())
                    .isEqualTo(OpenAiEngine.text("tell", 100));
        }
    }

    @Test
    void an_engine_without_token_ids_is_named_once_and_a_cut_generation_starts_from_zero() {
        try (Scene scene = new Scene()) {
            AtomicInteger asked = new AtomicInteger();
            scene.engine
                    .withoutTokenIds()
                    .troubled(seen -> asked.incrementAndGet() == 1 ? new Trouble.CutAfter(70) : null);
            scene.queue.push(Queue.job("a", "tell", 100), Queue.job("b", "tell", 100));
            WorkerProcess worker = scene.worker("CONCURRENCY", "1");
            assertThat(worker.exitCode()).isZero();
            assertThat(worker.output()).containsOnlyOnce("the engine gives no token ids");
            for (String id : List.of("a", "b")) {
                assertThat(scene.queue.result(id).at("/response/choices/0/text").textValue())
                        .isEqualTo(OpenAiEngine.text("tell", 100));
            }
        }
    }

    @Test
    void an_engine_that_refuses_the_field_gets_the_request_without_it() {
        try (Scene scene = new Scene()) {
            scene.engine.troubled(seen -> seen.body().has("return_token_ids")
                    ? new Trouble.Refuse(400, "{\"error\":{\"message\":\"Unrecognized field return_token_ids\"}}")
                    : null);
            scene.queue.push(Queue.job("a", "tell", 20), Queue.job("b", "tell", 20));
            WorkerProcess worker = scene.worker("CONCURRENCY", "1");
            assertThat(worker.exitCode()).isZero();
            assertThat(worker.output()).containsOnlyOnce("the engine gives no token ids");
            assertThat(scene.queue.results()).isEqualTo(2);
            assertThat(scene.engine.requests()).hasSize(3);
        }
    }

    @Test
    void what_a_continuation_would_falsify_is_asked_for_in_one_piece() {
        try (Scene scene = new Scene()) {
            scene.queue.push(
                    "{\"id\":\"a\",\"request\":{\"prompt\":\"p\",\"stop\":[\"x\"]}}",
                    "{\"id\":\"b\",\"request\":{\"prompt\":\"p\",\"seed\":0}}",
                    "{\"id\":\"c\",\"request\":{\"prompt\":\"p\",\"n\":2,\"stream\":true}}");
            assertThat(scene.worker().exitCode()).isZero();
            assertThat(scene.queue.results()).isEqualTo(3);
            assertThat(scene.engine.requests())
                    .allSatisfy(seen -> assertThat(seen.body().has("stream")).isFalse());
        }
    }
}
