package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.EvictionAnswer.Failed;
import dev.lastcall.drain.EvictionAnswer.NamespaceEnding;
import dev.lastcall.drain.EvictionAnswer.Refused;
import dev.lastcall.drain.EvictionAnswer.Throttled;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Refuser;
import java.net.ConnectException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bodies are what kube-apiserver 1.34 writes. */
class AnswersTest {

    private static final String BUDGET = """
            {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429,
             "message":"Cannot evict pod as it would violate the pod's disruption budget.",
             "details":{"causes":[{"reason":"DisruptionBudget",
               "message":"The disruption budget web needs 2 healthy pods and has 2 currently"}]}}""";

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202})
    void a_success_is_accepted_whatever_its_number(int status) {
        assertThat(eviction(status, null, "{}")).isEqualTo(new EvictionAnswer.Accepted());
    }

    @Test
    void a_429_with_the_budgets_cause_is_blocked_and_names_the_budget() {
        assertThat(eviction(429, null, BUDGET))
                .isEqualTo(new Refused(
                        new Refuser.Budget("web"),
                        "The disruption budget web needs 2 healthy pods and has 2 currently",
                        null));
    }

    @Test
    void a_budget_whose_controller_lags_says_how_long_to_wait() {
        assertThat(eviction(429, "10", BUDGET))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(10)));
    }

    @Test
    void a_429_without_the_cause_is_the_server_being_busy_and_no_budget() {
        assertThat(eviction(
                        429, "1", "{\"kind\":\"Status\",\"message\":\"Too many requests, please try again later.\"}"))
                .isEqualTo(new Throttled(Duration.ofSeconds(1)));
        assertThat(eviction(429, null, "Too many requests, please try again later."))
                .isEqualTo(new Throttled(null));
    }

    @Test
    void the_delay_may_stand_in_the_status_only() {
        assertThat(eviction(429, null, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":4}}"))
                .isEqualTo(new Throttled(Duration.ofSeconds(4)));
        assertThat(eviction(429, "Wed, 21 Oct 2026 07:28:00 GMT", "{}")).isEqualTo(new Throttled(null));
    }

    @Test
    void two_budgets_are_a_500_that_never_heals() {
        String message =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        assertThat(eviction(500, null, "{\"kind\":\"Status\",\"message\":\"%s\"}".formatted(message)))
                .isEqualTo(new Refused(new Refuser.TwoBudgets(), message, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|admission webhook \"w.example\" denied the request: no|w.example",
                "403|admission webhook \"w.example\" denied the request: no|w.example",
                "409|admission webhook \"w.example\" denied the request: no|w.example",
                "422|admission webhook \"w.example\" denied the request: no|w.example",
                "429|admission webhook \"w.example\" denied the request: evacuation started|w.example",
                "429|evacuation started|",
                "500|Internal error occurred: failed calling webhook \"w.example\": deadline exceeded|w.example",
                "503|failed calling webhook \"w.example\": no endpoints|w.example",
                "504|failed calling webhook \"w.example\": context deadline exceeded|w.example"
            })
    void whatever_code_a_webhook_says_no_with_it_is_a_refusal_and_is_named(
            int status, String message, @Nullable String name) {
        String body =
                "{\"kind\":\"Status\",\"code\":%d,\"message\":\"%s\"}".formatted(status, message.replace("\"", "\\\""));
        assertThat(eviction(status, null, body))
                .isEqualTo(new Refused(new Refuser.Webhook(name == null ? "" : name), message, null));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 422})
    void what_the_api_server_itself_refuses_it_would_refuse_again(int status) {
        assertThat(eviction(status, null, "{\"kind\":\"Status\",\"message\":\"no\"}"))
                .isEqualTo(new Refused(new Refuser.Server(), "no", null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "409|Operation cannot be fulfilled on poddisruptionbudgets.policy \"web\": the object has been modified",
                "504|couldn't update PodDisruptionBudget \"web\" due to conflicts"
            })
    void a_budget_that_others_won_each_time_for_ten_seconds_is_a_refusal(int status, String message) {
        String body =
                "{\"kind\":\"Status\",\"code\":%d,\"message\":\"%s\"}".formatted(status, message.replace("\"", "\\\""));
        assertThat(eviction(status, null, body)).isEqualTo(new Refused(new Refuser.Budget("web"), message, null));
    }

    @Test
    void an_answer_that_did_not_come_in_time_is_told_from_a_server_that_is_not_there() {
        assertThat(Answers.eviction(ApiAnswer.none("timeout"))).isEqualTo(new EvictionAnswer.Unanswered());
        assertThat(Answers.eviction(ApiAnswer.none("refused"))).isEqualTo(new Failed(0, "refused"));
        String unreachable = ApiServer.words(new ConnectException("connection timed out after 2000 ms"));
        assertThat(Answers.eviction(ApiAnswer.none(unreachable)))
                .as("it never had the request")
                .isEqualTo(new Failed(0, "no connection in time"));
    }

    @Test
    void any_other_500_may_heal() {
        assertThat(eviction(500, null, "{\"kind\":\"Status\",\"message\":\"etcdserver: leader changed\"}"))
                .isEqualTo(new Failed(500, "etcdserver: leader changed"));
    }

    @Test
    void a_terminating_namespace_is_told_from_missing_rights() {
        assertThat(eviction(403, null, """
                        {"kind":"Status","message":"namespace is being terminated",
                         "details":{"causes":[{"reason":"NamespaceTerminating","field":"metadata.namespace"}]}}""")).isEqualTo(new NamespaceEnding("namespace is being terminated"));
        assertThat(eviction(403, null, "{\"kind\":\"Status\",\"message\":\"cannot create pods/eviction\"}"))
                .isEqualTo(new Refused(new Refuser.Server(), "cannot create pods/eviction", null));
    }

    @Test
    void a_404_about_the_pod_is_gone_and_a_404_about_the_route_is_a_failure() {
        assertThat(eviction(404, null, """
                        {"kind":"Status","reason":"NotFound","message":"pods \\"a\\" not found",
                         "details":{"name":"a","kind":"pods"}}""")).isEqualTo(new EvictionAnswer.Gone());
        assertThat(eviction(404, null, """
                        {"kind":"Status","reason":"NotFound","message":"the server could not find the requested resource",
                         "details":{}}""")).isInstanceOf(Failed.class);
        assertThat(eviction(404, null, "default backend - 404")).isInstanceOf(Failed.class);
    }

    @Test
    void a_409_on_the_uid_is_replaced_and_any_other_409_is_a_race_to_repeat() {
        assertThat(eviction(409, null, """
                        {"kind":"Status","reason":"Conflict","message":"Operation cannot be fulfilled on pods \\"a\\": \
                        the UID in the precondition (1) does not match the UID in record (2). \
                        The object might have been deleted and then recreated"}""")).isEqualTo(new EvictionAnswer.Replaced());
        assertThat(eviction(409, null, """
                        {"kind":"Status","reason":"Conflict","message":"Operation cannot be fulfilled on pods \\"a\\": \
                        Precondition failed: UID in precondition: 1, UID in object meta: 2"}""")).isEqualTo(new EvictionAnswer.Replaced());
        assertThat(eviction(409, null, "{\"kind\":\"Status\",\"message\":\"the object has been modified\"}"))
                .isEqualTo(new Failed(409, "the object has been modified"));
    }

    @Test
    void a_gateways_timeout_is_a_failure_to_repeat() {
        assertThat(eviction(504, null, "{\"kind\":\"Status\",\"message\":\"Timeout: request did not complete\"}"))
                .isEqualTo(new Failed(504, "Timeout: request did not complete"));
        assertThat(eviction(502, null, "<html>")).isEqualTo(new Failed(502, "<html>"));
    }

    @Test
    void a_patch_is_done_at_the_moment_its_last_byte_arrived() {
        assertThat(Answers.patch(new ApiAnswer(200, null, "{}", 42))).isEqualTo(new PatchAnswer.Done(42));
    }

    @Test
    void a_patchs_conflict_is_repeated_and_its_refusal_is_not() {
        assertThat(patch(409, "{\"kind\":\"Status\",\"message\":\"the object has been modified\"}"))
                .isEqualTo(new PatchAnswer.Conflict());
        assertThat(patch(403, "{\"kind\":\"Status\",\"message\":\"cannot patch nodes\"}"))
                .isEqualTo(new PatchAnswer.Refused(403, "cannot patch nodes"));
        assertThat(patch(
                        422,
                        "{\"kind\":\"Status\",\"message\":\"bad\",\"details\":{\"causes\":[{\"field\":\"spec\"}]}}"))
                .isEqualTo(new PatchAnswer.Refused(422, "bad"));
        assertThat(patch(503, "{}")).isInstanceOf(PatchAnswer.Failed.class);
        assertThat(Answers.patch(ApiAnswer.none("refused"))).isEqualTo(new PatchAnswer.Failed(0, "refused"));
    }

    @Test
    void a_patch_that_would_change_the_uid_means_the_pod_was_replaced() {
        assertThat(patch(422, "{\"kind\":\"Status\",\"details\":{\"causes\":[{\"field\":\"metadata.uid\"}]}}"))
                .isEqualTo(new PatchAnswer.Missing());
    }

    @Test
    void a_long_foreign_page_does_not_fill_the_log() {
        assertThat(new ApiAnswer(502, null, "x".repeat(5000), 0).reason()).hasSizeLessThan(400);
    }

    private static EvictionAnswer eviction(int status, @Nullable String retryAfter, String body) {
        return Answers.eviction(new ApiAnswer(status, retryAfter, body, 0));
    }

    private static PatchAnswer patch(int status, String body) {
        return Answers.patch(new ApiAnswer(status, null, body, 0));
    }
}
