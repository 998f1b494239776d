package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One pod of the drain: what will happen to it, when, why, and how far it has come.
 *
 * @param engine empty for a pod that does not serve
 * @param plan what happens to it; "–" once the drain is over
 * @param why empty where the plan says it all
 * @param evictBy when its eviction is asked for at the latest; null where {@code evict} says it
 * @param forceAt when a refused eviction becomes a deletion; null where {@code force} says it
 * @param tone of the stage, the name of a class in the style sheet
 * @param inFlight requests at the last reading, in words
 * @param history null where there is nothing to draw
 */
public record PodLine(
        String pod,
        String engine,
        String plan,
        String why,
        @Nullable Moment evictBy,
        String evict,
        @Nullable Moment forceAt,
        String force,
        String stage,
        String tone,
        String inFlight,
        @Nullable Spark history) {

    /** Serving pods first. */
    static List<PodLine> of(JsonNode drain, Moment.Writer times) {
        Map<String, JsonNode> pods = byPod(drain.path("pods"));
        Map<String, JsonNode> plan = byPod(drain.path("plan"));
        Set<String> names = new LinkedHashSet<>(pods.keySet());
        names.addAll(plan.keySet());
        List<PodLine> lines = new ArrayList<>();
        JsonNode none = MissingNode.getInstance();
        names.forEach(
                name -> lines.add(line(name, pods.getOrDefault(name, none), plan.getOrDefault(name, none), times)));
        lines.sort(
                Comparator.comparing((PodLine line) -> line.engine().isEmpty()).thenComparing(PodLine::pod));
        return lines;
    }

    private static PodLine line(String name, JsonNode pod, JsonNode plan, Moment.Writer times) {
        String stage = pod.path("stage").asText();
        String decision = plan.path("decision").asText();
        boolean ended = List.of("gone", "failed").contains(stage);
        boolean atOnce = decision.equals("evict");
        // The document has the time of its writing for a pod that is evicted at once.
        Moment evictBy = ended || atOnce ? null : times.write(plan.path("evictBy"));
        Moment forceAt = ended ? null : times.write(plan.path("forceAt"));
        boolean serves = pod.path("engine").isTextual();
        return new PodLine(
                name,
                pod.path("engine").asText(""),
                decision.isEmpty() || ended ? "–" : Words.decision(decision),
                ended ? "" : plan.path("reason").asText(),
                evictBy,
                ended || !atOnce ? "–" : "at once",
                forceAt,
                ended
                                || plan.path("evictBy").isMissingNode()
                                || plan.path("evictBy").isNull()
                        ? "–"
                        : "never",
                stage.isEmpty() ? decision.equals("leave") ? "stays on the node" : "not started" : Words.stage(stage),
                tone(stage),
                pod.path("inFlight").isNumber() ? pod.path("inFlight").asText() : serves ? "unknown" : "–",
                Spark.of(pod.path("history")));
    }

    private static String tone(String stage) {
        return switch (stage) {
            case "gone" -> "gone";
            case "failed", "blocked" -> "bad";
            case "", "kept", "serving_on" -> "staying";
            default -> "going";
        };
    }

    private static Map<String, JsonNode> byPod(JsonNode rows) {
        Map<String, JsonNode> map = new LinkedHashMap<>();
        rows.forEach(row -> map.put(row.path("pod").asText(), row));
        return map;
    }
}
