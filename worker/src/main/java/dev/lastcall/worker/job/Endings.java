package dev.lastcall.worker.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** How a job ends, as it is written: a result or a dead letter, never both. */
public final class Endings {

    private final Json json;
    private final InstantSource clock;

    public Endings(Json json, InstantSource clock) {
        this.json = json;
        this.clock = clock;
    }

    /** {@code {"id", "status": "ok", "response", "attempts", "finishedAt"}}. */
    public String ok(Job job, JsonNode response, int attempts) {
        return result(job, "ok", response, attempts);
    }

    /** The same with status {@code deadline} and a response of null. */
    public String deadline(Job job, int attempts) {
        return result(job, "deadline", null, attempts);
    }

    private String result(Job job, String status, @Nullable JsonNode response, int attempts) {
        ObjectNode result = json.object();
        result.put("id", job.id());
        result.put("status", status);
        result.set("response", response);
        result.put("attempts", attempts);
        result.put("finishedAt", clock.instant().toString());
        if (job.order() != null) {
            result.put("order", job.order());
        }
        return json.write(result);
    }

    /**
     * {@code {"id", "reason", "status", "job", "attempts"}}.
     *
     * @param status the HTTP code, {@code malformed} or {@code attempts}
     * @param text the job as it stood in the queue; kept as JSON where it is JSON, else as a string
     */
    public String dead(String id, String reason, String status, String text, int attempts) {
        ObjectNode letter = json.object();
        letter.put("id", id);
        letter.put("reason", reason);
        if (status.chars().allMatch(Character::isDigit)) {
            letter.put("status", Integer.parseInt(status));
        } else {
            letter.put("status", status);
        }
        try {
            letter.set("job", json.read(text));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            letter.put("job", text);
        }
        letter.put("attempts", attempts);
        letter.put("finishedAt", clock.instant().toString());
        return json.write(letter);
    }
}
