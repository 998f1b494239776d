package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An active notice.
 *
 * @param deadline null where the source names none
 */
public record NoticeLine(
        String kind,
        String source,
        @Nullable Moment noticedAt,
        @Nullable Moment deadline) {

    static List<NoticeLine> of(JsonNode notices, Moment.Writer times) {
        List<NoticeLine> lines = new ArrayList<>();
        notices.forEach(notice -> lines.add(new NoticeLine(
                Words.kind(notice.path("kind").asText()),
                notice.path("source").asText(),
                times.write(notice.path("noticedAt")),
                times.write(notice.path("deadline")))));
        return lines;
    }
}
