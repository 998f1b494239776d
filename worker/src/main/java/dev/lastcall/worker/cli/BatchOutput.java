package dev.lastcall.worker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lastcall.worker.job.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Results and dead letters as lines of OpenAI's batch output. */
final class BatchOutput {

    private final Json json;

    BatchOutput(Json json) {
        this.json = json;
    }

    private record Line(String order, String text) {}

    /** In the order of submission; what a producer pushed by itself follows, by the time it ended. */
    List<String> lines(List<String> results, List<String> dead) {
        List<Line> lines = new ArrayList<>();
        for (String text : results) {
            JsonNode result = read(text);
            lines.add(new Line(order(result, result), result(result)));
        }
        for (String text : dead) {
            JsonNode letter = read(text);
            lines.add(new Line(order(letter.path("job"), letter), letter(letter)));
        }
        return lines.stream()
                .sorted(Comparator.comparing(Line::order))
                .map(Line::text)
                .toList();
    }

    private JsonNode read(String text) {
        try {
            return json.read(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what stands in the queue's results is no JSON: " + text, e);
        }
    }

    private static String order(JsonNode job, JsonNode ended) {
        JsonNode order = job.path("order");
        // "~" sorts after every digit.
        return order.isTextual()
                ? order.textValue()
                : "~" + ended.path("finishedAt").asText() + ended.path("id").asText();
    }

    private String result(JsonNode result) {
        boolean ok = result.path("status").asText().equals("ok");
        ObjectNode line = start(result);
        if (ok) {
            ObjectNode response = line.putObject("response");
            response.put("status_code", 200);
            response.put("request_id", result.path("response").path("id").asText());
            response.set("body", result.get("response"));
            line.putNull("error");
        } else {
            line.putNull("response");
            error(line, "batch_expired", "the deadline passed before the job was done");
        }
        return json.write(line);
    }

    private String letter(JsonNode letter) {
        ObjectNode line = start(letter);
        JsonNode status = letter.path("status");
        if (status.isInt()) {
            ObjectNode response = line.putObject("response");
            response.put("status_code", status.intValue());
            response.put("request_id", "");
            response.putObject("body")
                    .putObject("error")
                    .put("message", letter.path("reason").asText());
        } else {
            line.putNull("response");
        }
        error(
                line,
                status.isInt() ? "http_" + status.intValue() : status.asText(),
                letter.path("reason").asText());
        return json.write(line);
    }

    private ObjectNode start(JsonNode ended) {
        String id = ended.path("id").asText();
        ObjectNode line = json.object();
        line.put("id", "batch_req_" + id);
        line.put("custom_id", id);
        return line;
    }

    private static void error(ObjectNode line, String code, String message) {
        line.putObject("error").put("code", code).put("message", message);
    }
}
