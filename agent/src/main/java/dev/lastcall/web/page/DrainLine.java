package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A drain that is over.
 *
 * @param tone {@code calm} or {@code bad}
 * @param cordoned how long after the notice
 * @param pods how many went in which way
 */
public record DrainLine(
        @Nullable Moment noticedAt,
        String kind,
        String outcome,
        String tone,
        String cordoned,
        String finished,
        String lost,
        String unknown,
        String pods,
        String unused) {

    private static final List<String> WAYS = List.of("evicted", "forced", "gone", "failed", "skipped");

    static List<DrainLine> of(JsonNode reports, Moment.Writer times) {
        List<DrainLine> lines = new ArrayList<>();
        reports.forEach(report -> lines.add(line(report, times)));
        return lines;
    }

    private static DrainLine line(JsonNode report, Moment.Writer times) {
        JsonNode requests = report.path("requests");
        // What a dry run says would have been: an estimate never stands where a count is expected without saying so.
        JsonNode score = report.path("score");
        String outcome = report.path("outcome").asText();
        long unread = (score.isObject() ? score : requests).path("unreadPods").asLong();
        return new DrainLine(
                times.write(report.path("noticedAt")),
                Words.kind(report.path("kind").asText()),
                outcome + (report.path("dryRun").asBoolean() ? " (dry run)" : ""),
                outcome.equals("failed")
                                || requests.path("lost").asLong() > 0
                                || score.path("cut").asLong() > 0
                        ? "bad"
                        : "calm",
                Words.seconds(report.path("cordonedAfterMs")),
                score.isObject() ? would(score.path("finished")) : Words.count(requests.path("finished")),
                score.isObject() ? would(score.path("cut")) : Words.count(requests.path("lost")),
                Words.count((score.isObject() ? score : requests).path("unknown"))
                        + (unread > 0 ? " (" + unread + " pods not read)" : ""),
                pods(report.path("pods")),
                Words.seconds(report.path("unusedNoticeMs")));
    }

    private static String would(JsonNode count) {
        return "would be " + Words.count(count);
    }

    private static String pods(JsonNode pods) {
        List<String> words = WAYS.stream()
                .filter(way -> pods.path(way).asInt() > 0)
                .map(way -> pods.path(way).asInt() + " " + (way.equals("skipped") ? "left" : way))
                .toList();
        return words.isEmpty() ? "none" : String.join(", ", words);
    }
}
