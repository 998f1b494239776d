package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A notice source.
 *
 * @param tone {@code calm} or {@code bad}
 * @param lastAnswer null where it never answered
 * @param cause empty while it answers
 */
public record SourceLine(
        String source, String state, String tone, @Nullable Moment lastAnswer, String cause) {

    static List<SourceLine> of(JsonNode sources, Moment.Writer times) {
        List<SourceLine> lines = new ArrayList<>();
        for (JsonNode source : sources) {
            boolean up = source.path("up").asBoolean();
            boolean failed = source.path("code").isTextual();
            lines.add(new SourceLine(
                    source.path("source").asText(),
                    up ? "answers" : failed ? "fails (" + source.path("code").asText() + ")" : "not polled yet",
                    up || !failed ? "calm" : "bad",
                    times.write(source.path("lastSuccess")),
                    failed ? source.path("cause").asText() : ""));
        }
        return lines;
    }
}
