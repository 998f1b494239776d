package dev.lastcall.worker.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.engine.Answer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an answer means for its job. */
public sealed interface Verdict {

    /** The longest wait that the worker chooses by itself. */
    Duration LONGEST = Duration.ofSeconds(60);

    /** The job is done. */
    record Done(ObjectNode body) implements Verdict {}

    /** Nobody will ever answer it. @param status the HTTP code, or {@code attempts} */
    record Dead(String status, String reason) implements Verdict {}

    /** A failed attempt, the next one after a delay. */
    record Again(Duration delay, String why) implements Verdict {}

    /** The engine has no room; no attempt. @param retryAfter what it asked for */
    record NoRoom(@Nullable Duration retryAfter) implements Verdict {}

    /** Back to the queue, no attempt. @param why null where this worker ended the request itself */
    record GiveBack(@Nullable String why) implements Verdict {}

    /** @param failures failed attempts before this one */
    static Verdict of(Answer answer, int failures, int maxAttempts) {
        return switch (answer) {
            case Answer.Complete complete -> new Done(complete.body());
            case Answer.Aborted aborted -> new GiveBack(null);
            case Answer.Unanswered unanswered -> new GiveBack(unanswered.why());
            case Answer.Broken broken -> failed(broken.why(), null, failures, maxAttempts);
            case Answer.Refused refused -> refused(refused, failures, maxAttempts);
        };
    }

    private static Verdict refused(Answer.Refused refused, int failures, int maxAttempts) {
        int code = refused.code();
        if (code == 429 || code == 503) {
            return new NoRoom(refused.retryAfter());
        }
        String why = "HTTP " + code + (refused.words().isEmpty() ? "" : ": " + refused.words());
        boolean itsOwnFault = code >= 400 && code < 500 && code != 408 && code != 409;
        return itsOwnFault
                ? new Dead(Integer.toString(code), why)
                : failed(why, refused.retryAfter(), failures, maxAttempts);
    }

    private static Verdict failed(String why, @Nullable Duration retryAfter, int failures, int maxAttempts) {
        int attempts = failures + 1;
        if (attempts >= maxAttempts) {
            return new Dead("attempts", attempts + " attempts failed, the last one with: " + why);
        }
        Duration delay = Duration.ofSeconds(1L << Math.min(failures, 6));
        Duration wanted = retryAfter == null ? delay : retryAfter;
        return new Again(wanted.compareTo(LONGEST) > 0 && retryAfter == null ? LONGEST : wanted, why);
    }
}
