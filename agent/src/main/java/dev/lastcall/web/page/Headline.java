package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The one thing to see first.
 *
 * @param tone {@code calm}, {@code hint}, {@code busy} or {@code bad}
 * @param left what is left of the notice; null without a drain or a deadline
 * @param deadline the same moment as a time; null where {@code left} is, or says it
 * @param steps of the drain; empty without one
 */
public record Headline(
        String tone,
        String title,
        String detail,
        @Nullable Moment left,
        @Nullable Moment deadline,
        List<Step> steps) {

    private static final List<String> WAY = List.of("noticed", "cordoned", "withdrawn", "draining", "done");
    private static final List<String> HINTS = List.of("rebalance", "freeze", "gpu");

    /** @param state {@code past}, {@code current} or {@code ahead} */
    public record Step(String name, String state) {}

    static Headline of(JsonNode state, Moment.Writer times) {
        JsonNode drain = state.path("drain");
        String phase = drain.path("phase").asText();
        boolean over = List.of("done", "failed", "cancelled").contains(phase);
        JsonNode notice = state.path("notices").path(0);
        if (drain.isMissingNode() || (over && notice.isMissingNode())) {
            return notice.isMissingNode() ? quiet(state, phase) : noticed(notice, times);
        }
        if (phase.equals("cancelled") && !known(drain, notice)) {
            return noticed(notice, times);
        }
        Instant deadline = Moment.instant(drain.path("deadline"));
        boolean counts = !phase.equals("cancelled") && (!over || (deadline != null && deadline.isAfter(times.now())));
        return new Headline(
                tone(phase),
                title(phase) + (drain.path("dryRun").asBoolean() ? " (dry run: nothing is written)" : ""),
                Words.kind(drain.path("kind").asText()) + " from "
                        + drain.path("source").asText() + ". " + explained(phase),
                deadline == null || !counts ? null : times.left(deadline),
                deadline == null || !counts || !times.live() ? null : times.absolute(deadline),
                steps(phase));
    }

    /** The drain that is over was that of the notice. */
    private static boolean known(JsonNode drain, JsonNode notice) {
        return drain.path("id").asText().equals(notice.path("id").asText());
    }

    /** @param ended how the last drain ended; empty where there was none */
    private static Headline quiet(JsonNode state, String ended) {
        int all = state.path("sources").size();
        long well = IntStream.range(0, all)
                .filter(i -> state.path("sources").path(i).path("up").asBoolean())
                .count();
        String detail = all == 0
                ? "The agent polls no notice source (lastcall.notice.provider)."
                : well == all
                        ? "All notice sources answer."
                        : (all - well) + " of " + all + " notice sources do not answer: see Notices.";
        return new Headline(
                well == all ? "calm" : "hint",
                "No interruption notice",
                ended.isEmpty() ? detail : detail + " The last drain ended: " + ended + ".",
                null,
                null,
                List.of());
    }

    private static Headline noticed(JsonNode notice, Moment.Writer times) {
        String kind = notice.path("kind").asText();
        Instant deadline = Moment.instant(notice.path("deadline"));
        boolean hint = HINTS.contains(kind);
        return new Headline(
                "hint",
                hint ? "The node is at risk" : "Interruption notice, no drain",
                Words.kind(kind) + " from " + notice.path("source").asText() + ". "
                        + (hint
                                ? "This notice is a hint: the agent marks the node and evicts no pod."
                                : "The agent has not started a drain for this notice."),
                deadline == null ? null : times.left(deadline),
                deadline == null || !times.live() ? null : times.absolute(deadline),
                List.of());
    }

    private static String tone(String phase) {
        return switch (phase) {
            case "failed" -> "bad";
            case "done", "cancelled" -> "calm";
            default -> "busy";
        };
    }

    private static String title(String phase) {
        return switch (phase) {
            case "noticed" -> "Interruption notice received";
            case "cordoned" -> "The node is cordoned";
            case "withdrawn" -> "Serving pods are out of rotation";
            case "draining" -> "Pods are being evicted";
            case "done" -> "The node is drained";
            case "failed" -> "The drain failed";
            case "cancelled" -> "The notice was cancelled";
            default -> "Drain: " + phase;
        };
    }

    private static String explained(String phase) {
        return switch (phase) {
            case "noticed" -> "The agent is cordoning the node.";
            case "cordoned" -> "The agent takes serving pods out of rotation.";
            case "withdrawn" -> "The agent waits until their engines are idle.";
            case "draining" -> "Serving pods finish their requests until their force points.";
            case "done" -> "The agent waits for no more pods.";
            case "failed" -> "Some pods were still on the node at the end: see Pods.";
            case "cancelled" -> "The agent removes its marks; pods that are still here stay.";
            default -> "";
        };
    }

    private static List<Step> steps(String phase) {
        boolean cut = phase.equals("failed") || phase.equals("cancelled");
        List<String> way = cut ? List.of("noticed", phase) : WAY;
        int here = way.indexOf(phase);
        return IntStream.range(0, way.size())
                .mapToObj(i -> new Step(way.get(i), i < here ? "past" : i == here ? "current" : "ahead"))
                .toList();
    }
}
