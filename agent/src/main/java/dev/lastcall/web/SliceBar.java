package dev.lastcall.web;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Slices drawn to scale: what a list of maps with {@code slices} looks like on the page. Each slice has {@code start}
 * and {@code size}, of {@code memorySlices} in all; {@code profile} where something sits on it, {@code holders} where it
 * is known who holds it.
 *
 * @param slices the width of the whole bar
 * @param fits what still fits, in words; empty where it is not known
 */
public record SliceBar(String title, int slices, List<Segment> segments, String fits) {

    /**
     * @param column of the grid, from 1
     * @param tone {@code free}, {@code idle}, {@code held} or {@code unknown}
     * @param what the profile, or that it is free
     * @param who the holders, or empty
     */
    public record Segment(int column, int span, String tone, String what, String who) {}

    /** Whether this row of a table is drawn instead of counted. */
    static boolean drawable(@Nullable Object row) {
        return row instanceof Map<?, ?> map && map.get("slices") instanceof List<?> slices && !slices.isEmpty();
    }

    static SliceBar of(Map<?, ?> row) {
        List<Segment> segments = new ArrayList<>();
        if (row.get("slices") instanceof List<?> slices) {
            slices.forEach(slice -> segments.add(segment((Map<?, ?>) slice)));
        }
        return new SliceBar(title(row), number(row.get("memorySlices")), segments, fits(row.get("fits")));
    }

    private static String title(Map<?, ?> row) {
        Object model = row.get("model");
        return "GPU " + row.get("index") + (model == null ? "" : " · " + model);
    }

    private static Segment segment(Map<?, ?> slice) {
        Object profile = slice.get("profile");
        Object holders = slice.get("holders");
        String who = holders instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
                : "";
        boolean partitioned = profile != null || slice.get("gi") != null;
        String tone;
        if (holders instanceof List<?> list) {
            tone = !list.isEmpty() ? "held" : partitioned ? "idle" : "free";
        } else {
            tone = partitioned ? "unknown" : "free";
        }
        String what = partitioned ? Objects.toString(profile, "instance") : tone.equals("held") ? "whole GPU" : "free";
        return new Segment(number(slice.get("start")) + 1, number(slice.get("size")), tone, what, who);
    }

    private static String fits(@Nullable Object rows) {
        if (!(rows instanceof List<?> list) || list.isEmpty()) {
            return "";
        }
        return list.stream()
                .map(row -> (Map<?, ?>) row)
                .filter(row -> number(row.get("ideal")) > 0)
                .map(SliceBar::fit)
                .collect(Collectors.collectingAndThen(
                        Collectors.joining(" · "),
                        text -> text.isEmpty() ? "nothing more fits" : "still fits: " + text));
    }

    private static String fit(Map<?, ?> row) {
        int now = number(row.get("placeable"));
        int best = number(row.get("ideal"));
        return now + " × " + row.get("profile") + (best > now ? " (" + best + " if placed best)" : "");
    }

    private static int number(@Nullable Object value) {
        return value instanceof Number number ? number.intValue() : 0;
    }
}
