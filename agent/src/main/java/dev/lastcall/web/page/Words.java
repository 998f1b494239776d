package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The document's names in words. A name that is not known yet is shown as it is. */
final class Words {

    private Words() {}

    static String kind(String kind) {
        return switch (kind) {
            case "spot" -> "Spot interruption";
            case "rebalance" -> "Rebalance recommendation";
            case "maintenance" -> "Scheduled maintenance";
            case "preempt" -> "Preemption";
            case "terminate" -> "Termination";
            case "reboot" -> "Scheduled reboot";
            case "freeze" -> "Freeze";
            case "hibernate" -> "Hibernation";
            case "gpu" -> "Recovery action of a GPU";
            case "node-mark" -> "Mark on the Node";
            case "simulated" -> "Simulated notice";
            default -> kind;
        };
    }

    static String decision(String decision) {
        return switch (decision) {
            case "leave" -> "Leave on the node";
            case "hold" -> "Take out of rotation, evict when idle";
            case "keep" -> "Take out of rotation, do not evict";
            case "evict" -> "Evict at once";
            case "leave-to-others" -> "Leave to the other drainer, evict if still here";
            case "evict-last" -> "Evict after all other pods";
            default -> decision;
        };
    }

    static String stage(String stage) {
        return switch (stage) {
            case "withdrawing" -> "leaving rotation";
            case "held" -> "waits until idle";
            case "waiting" -> "waits for its turn";
            case "evicting" -> "eviction requested";
            case "blocked" -> "eviction refused, retrying";
            case "terminating" -> "terminating";
            case "gone" -> "gone";
            case "failed" -> "still here at the end";
            case "kept" -> "stays on the node";
            case "serving_on" -> "still in rotation, too few others serve";
            default -> stage;
        };
    }

    static String gibibytes(JsonNode bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes.asDouble() / (1L << 30));
    }

    static String seconds(JsonNode milliseconds) {
        return milliseconds.isNumber() ? String.format(Locale.ROOT, "%.1f s", milliseconds.asDouble() / 1000) : "–";
    }

    /** A number, or "unknown" where the document has none: never 0. */
    static String count(JsonNode number) {
        return number.isNumber() ? number.asText() : "unknown";
    }

    static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asText()));
        return texts;
    }
}
