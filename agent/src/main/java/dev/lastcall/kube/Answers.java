package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Refuser;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an answer means. The wording it goes by stands in kubernetes {@code pkg/registry/core/pod/storage/eviction.go} and
 * {@code staging/src/k8s.io/apiserver/pkg/storage/interfaces.go}.
 */
final class Answers {

    /** "Precondition failed: UID in precondition: …" and "the UID in the precondition (…) does not match …". */
    private static final Pattern OTHER_UID = Pattern.compile("UID in (the )?precondition");

    private static final String TWO_BUDGETS = "more than one PodDisruptionBudget";

    /** "The disruption budget web needs 2 healthy pods and has 2 currently". */
    private static final Pattern BUDGET = Pattern.compile("disruption budget (\\S+)");

    /**
     * "Operation cannot be fulfilled on poddisruptionbudgets.policy "web": …" (409) and "couldn't update PodDisruptionBudget
     * "web" due to conflicts" (504): the server tried for 10 s, and others were faster each time.
     */
    private static final Pattern BUDGET_RACE = Pattern.compile("(?i)poddisruptionbudget\\S* \"([^\"]+)\"");

    /** "admission webhook "x" denied the request: …" and "failed calling webhook "x": …". */
    private static final Pattern WEBHOOK = Pattern.compile("webhook \"([^\"]+)\"");

    private Answers() {}

    /** Of an eviction or a deletion. */
    static EvictionAnswer eviction(ApiAnswer answer) {
        String reason = answer.reason();
        return switch (answer.status()) {
            case 200, 201, 202 -> new EvictionAnswer.Accepted();
            case 400, 422 -> refused(answer, new Refuser.Server());
            case 403 ->
                hasCause(answer, "NamespaceTerminating")
                        ? new EvictionAnswer.NamespaceEnding(reason)
                        : refused(answer, new Refuser.Server());
            // Only the API server itself may say that a pod is gone: a proxy's 404 or a missing route says nothing.
            case 404 -> missing(answer) ? new EvictionAnswer.Gone() : brokenOrRefused(answer);
            case 409 -> OTHER_UID.matcher(reason).find() ? new EvictionAnswer.Replaced() : raced(answer);
            case 429 -> tooMany(answer);
            case 500 ->
                reason.contains(TWO_BUDGETS)
                        ? new EvictionAnswer.Refused(new Refuser.TwoBudgets(), reason, null)
                        : brokenOrRefused(answer);
            case 504 -> raced(answer);
            case 0 -> reason.equals(ApiAnswer.TIMEOUT) ? new EvictionAnswer.Unanswered() : failed(answer);
            default -> brokenOrRefused(answer);
        };
    }

    private static EvictionAnswer raced(ApiAnswer answer) {
        Matcher budget = BUDGET_RACE.matcher(answer.reason());
        return webhook(answer).isEmpty() && budget.find()
                ? refused(answer, new Refuser.Budget(budget.group(1)))
                : brokenOrRefused(answer);
    }

    /**
     * A budget says so in the cause. The API server throttles with a Retry-After, and not always with a Status; a Status
     * without that wish is a webhook's: it decides about the eviction, and has no idea of when to ask again.
     */
    private static EvictionAnswer tooMany(ApiAnswer answer) {
        if (hasCause(answer, "DisruptionBudget")) {
            String text = budget(answer);
            Matcher named = BUDGET.matcher(text);
            return new EvictionAnswer.Refused(
                    new Refuser.Budget(named.find() ? named.group(1) : ""), text, answer.retryDelay());
        }
        boolean judged = answer.json().path("kind").asText("").equals("Status") && answer.retryDelay() == null;
        return judged || webhook(answer).isPresent()
                ? refused(answer, new Refuser.Webhook(""))
                : new EvictionAnswer.Throttled(answer.retryDelay());
    }

    /** Any other answer is trouble that passes, unless it names a webhook that denied it, or that fails closed. */
    private static EvictionAnswer brokenOrRefused(ApiAnswer answer) {
        return webhook(answer).isPresent() ? refused(answer, new Refuser.Webhook("")) : failed(answer);
    }

    private static EvictionAnswer failed(ApiAnswer answer) {
        return new EvictionAnswer.Failed(answer.status(), answer.reason());
    }

    private static EvictionAnswer refused(ApiAnswer answer, Refuser otherwise) {
        Refuser by = webhook(answer).<Refuser>map(Refuser.Webhook::new).orElse(otherwise);
        return new EvictionAnswer.Refused(by, answer.reason(), answer.retryDelay());
    }

    private static Optional<String> webhook(ApiAnswer answer) {
        Matcher named = WEBHOOK.matcher(answer.reason());
        return named.find() ? Optional.of(named.group(1)) : Optional.empty();
    }

    /** Of a patch of an object that may have been replaced by another of the same name. */
    static PatchAnswer patch(ApiAnswer answer) {
        String reason = answer.reason();
        return switch (answer.status()) {
            case 200, 201 -> new PatchAnswer.Done(answer.answeredNanos());
            case 404 -> missing(answer) ? new PatchAnswer.Missing() : new PatchAnswer.Failed(answer.status(), reason);
            case 409 -> OTHER_UID.matcher(reason).find() ? new PatchAnswer.Missing() : new PatchAnswer.Conflict();
            case 422 -> otherUid(answer) ? new PatchAnswer.Missing() : new PatchAnswer.Refused(answer.status(), reason);
            case 403 -> new PatchAnswer.Refused(answer.status(), reason);
            default -> new PatchAnswer.Failed(answer.status(), reason);
        };
    }

    /** Whether a 404 speaks of an object (or its namespace) and not of a route. */
    static boolean missing(ApiAnswer answer) {
        JsonNode status = answer.json();
        return answer.status() == 404
                && status.path("kind").asText("").equals("Status")
                && !status.path("details").path("name").asText("").isEmpty();
    }

    /** A patch that names another UID tries to change an immutable field. */
    private static boolean otherUid(ApiAnswer answer) {
        for (JsonNode cause : answer.json().path("details").path("causes")) {
            if (cause.path("field").asText("").equals("metadata.uid")) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasCause(ApiAnswer answer, String reason) {
        for (JsonNode cause : answer.json().path("details").path("causes")) {
            if (cause.path("reason").asText("").equals(reason)) {
                return true;
            }
        }
        return false;
    }

    /** The cause names the budget and its numbers; the message only says that there is one. */
    private static String budget(ApiAnswer answer) {
        for (JsonNode cause : answer.json().path("details").path("causes")) {
            if (cause.path("reason").asText("").equals("DisruptionBudget")
                    && !cause.path("message").asText("").isEmpty()) {
                return cause.path("message").asText();
            }
        }
        return answer.reason();
    }
}
