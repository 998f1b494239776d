package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One GPU, its slices drawn to scale.
 *
 * @param facts what it does now, in words
 * @param slices its width; 0 where there is nothing to draw
 * @param fits what still fits; empty where that is not known
 * @param note why something is missing; empty where nothing is
 */
public record GpuCard(
        int index, String title, List<String> facts, int slices, List<Segment> segments, String fits, String note) {

    /** The style sheet has a class for each width up to this; no GPU has more memory slices than 8. */
    private static final int WIDEST = 16;

    /** Below this a process has not even made a CUDA context: what the driver itself keeps. */
    private static final long NOTHING_TO_SPEAK_OF = 64L << 20;

    /**
     * @param tone {@code free}, {@code idle}, {@code held} or {@code unknown}
     * @param where which slices, in words
     * @param what the profile, or that there is none
     * @param who the holders, or why none is named
     */
    public record Segment(int span, String tone, String where, String what, String who) {}

    static List<GpuCard> of(JsonNode gpus) {
        List<GpuCard> cards = new ArrayList<>();
        gpus.forEach(gpu -> cards.add(card(gpu)));
        return cards;
    }

    private static GpuCard card(JsonNode gpu) {
        List<Segment> segments = new ArrayList<>();
        int slices = gpu.path("memorySlices").asInt();
        if (slices <= WIDEST) {
            gpu.path("slices").forEach(slice -> segments.add(segment(gpu, slice)));
        }
        return new GpuCard(
                gpu.path("index").asInt(),
                "GPU " + gpu.path("index").asText()
                        + (gpu.path("model").isTextual()
                                ? " · " + gpu.path("model").asText()
                                : ""),
                facts(gpu),
                segments.isEmpty() ? 0 : slices,
                segments,
                fits(gpu.path("fits")),
                note(gpu));
    }

    private static List<String> facts(JsonNode gpu) {
        List<String> facts = new ArrayList<>();
        if (gpu.path("memoryUsedBytes").isNumber()
                && gpu.path("memoryTotalBytes").isNumber()) {
            facts.add(Words.gibibytes(gpu.path("memoryUsedBytes")) + " of "
                    + Words.gibibytes(gpu.path("memoryTotalBytes")) + " in use");
        }
        if (gpu.path("utilization").isNumber()) {
            facts.add("busy " + Math.round(gpu.path("utilization").asDouble() * 100) + " %");
        }
        if (gpu.path("temperatureCelsius").isNumber()) {
            facts.add(Math.round(gpu.path("temperatureCelsius").asDouble()) + " °C");
        }
        if (gpu.path("powerWatts").isNumber()) {
            facts.add(Math.round(gpu.path("powerWatts").asDouble()) + " W");
        }
        if (gpu.path("mig").isTextual()) {
            facts.add("MIG " + gpu.path("mig").asText());
        }
        return facts;
    }

    private static Segment segment(JsonNode gpu, JsonNode slice) {
        int start = slice.path("start").asInt();
        int size = Math.max(1, slice.path("size").asInt());
        boolean partitioned = gpu.path("mig").asText().equals("enabled");
        boolean instance = slice.path("profile").isTextual() || slice.path("gi").isNumber();
        String where = !partitioned
                ? "whole GPU"
                : size == 1 ? "slice " + start : "slices " + start + " to " + (start + size - 1);
        if (partitioned && !instance) {
            return new Segment(size, "free", where, "free", "no instance");
        }
        String what = instance ? slice.path("profile").asText("instance") : "whole GPU";
        JsonNode holders = slice.path("holders");
        if (!holders.isArray()) {
            return new Segment(size, "unknown", where, what, "unknown who holds it" + (instance ? "" : inUse(gpu)));
        }
        if (!holders.isEmpty()) {
            return new Segment(size, "held", where, what, String.join(", ", Words.texts(holders)));
        }
        if (instance) {
            return new Segment(size, "idle", where, what, "idle, no pod holds it");
        }
        JsonNode used = gpu.path("memoryUsedBytes");
        if (!used.isNumber()) {
            return new Segment(size, "unknown", where, what, "no pod holds it; memory in use is unknown");
        }
        return used.asLong() < NOTHING_TO_SPEAK_OF
                ? new Segment(size, "free", where, what, "free")
                : new Segment(size, "unknown", where, what, "no pod holds it" + inUse(gpu));
    }

    private static String inUse(JsonNode gpu) {
        JsonNode used = gpu.path("memoryUsedBytes");
        return used.isNumber() ? ", " + Words.gibibytes(used) + " in use" : "";
    }

    private static String fits(JsonNode rows) {
        if (rows.isEmpty()) {
            return "";
        }
        List<String> fits = new ArrayList<>();
        for (JsonNode row : rows) {
            int now = row.path("placeable").asInt();
            int best = row.path("ideal").asInt();
            if (best > 0) {
                fits.add(now + " × " + row.path("profile").asText()
                        + (best > now ? " (" + best + " if rearranged)" : ""));
            }
        }
        return fits.isEmpty()
                ? "No further instance fits."
                : fits.stream().collect(Collectors.joining(", ", "Still fits: ", "."));
    }

    private static String note(JsonNode gpu) {
        List<String> notes = new ArrayList<>();
        if (gpu.path("stale").isTextual()) {
            notes.add("The last scan could not read this GPU: "
                    + gpu.path("stale").asText() + ".");
        }
        if (gpu.path("slices").isEmpty()) {
            notes.add("Unknown: the position of instances and who holds them"
                    + (gpu.path("note").isTextual() ? " (" + gpu.path("note").asText() + ")." : "."));
        }
        return String.join(" ", notes);
    }
}
