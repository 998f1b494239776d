package dev.lastcall.kube;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import java.util.regex.Pattern;

/**
 * What an answer means. The wording it goes by stands in kubernetes {@code pkg/registry/core/pod/storage/eviction.go} and
 * {@code staging/src/k8s.io/apiserver/pkg/storage/interfaces.go}.
 */
final class Answers {

    /** "Precondition failed: UID in precondition: …" and "the UID in the precondition (…) does not match …". */
    private static final Pattern OTHER_UID = Pattern.compile("UID in (the )?precondition");

    private static final String TWO_BUDGETS = "more than one PodDisruptionBudget";

    private Answers() {}

    /** Of an eviction or a deletion. */
    static EvictionAnswer eviction(ApiAnswer answer) {
        String reason = answer.reason();
        return switch (answer.status()) {
            case 200, 201, 202 -> new EvictionAnswer.Accepted();
            case 403 -> new EvictionAnswer.Forbidden(reason, hasCause(answer, "NamespaceTerminating"));
            // Only the API server itself may say that a pod is gone: a proxy's 404 or a missing route says nothing.
            case 404 ->
                missing(answer) ? new EvictionAnswer.Gone() : new EvictionAnswer.Failed(answer.status(), reason);
            case 409 ->
                OTHER_UID.matcher(reason).find()
                        ? new EvictionAnswer.Replaced()
                        : new EvictionAnswer.Failed(answer.status(), reason);
            case 429 ->
                hasCause(answer, "DisruptionBudget")
                        ? new EvictionAnswer.Blocked(budget(answer), answer.retryDelay(), false)
                        : new EvictionAnswer.Throttled(answer.retryDelay());
            case 500 ->
                reason.contains(TWO_BUDGETS)
                        ? new EvictionAnswer.Blocked(reason, null, true)
                        : new EvictionAnswer.Failed(answer.status(), reason);
            default -> new EvictionAnswer.Failed(answer.status(), reason);
        };
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
