package dev.lastcall.web;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state as the template shows it. Shapes decide, not names: a map becomes facts, a list of maps a table. Only the
 * banner looks for names, {@code drain.phase} and {@code drain.deadline}.
 *
 * @param banner the one thing to see first
 * @param head node, version and the like
 * @param sections the rest, in order
 */
public record StatusPage(Banner banner, List<Fact> head, List<Section> sections) {

    private static final Set<String> AT_REST = Set.of("", "idle", "none", "done", "cancelled");

    /** What a {@link SliceBar} shows need not be counted beside it. */
    private static final Set<String> DRAWN = Set.of("slices", "fits");

    /** @param tone {@code calm}, {@code busy} or {@code bad} */
    public record Banner(String tone, String text, @Nullable String deadline) {}

    /** @param time ISO 8601 where the value is an instant, for the script that shows the distance to now */
    public record Cell(String text, @Nullable String time, boolean number) {}

    public record Fact(String label, Cell value) {}

    public record Section(String title, List<Fact> facts, List<Table> tables, List<SliceBar> bars) {}

    /** @param title empty where the section's own title says it */
    public record Table(String title, List<Column> columns, List<List<Cell>> rows) {}

    /** @param number whether its cells are numbers, which stand to the right */
    public record Column(String name, boolean number) {}

    static StatusPage of(Map<String, Object> tree) {
        List<Fact> head = new ArrayList<>();
        List<Section> sections = new ArrayList<>();
        tree.forEach((name, value) -> {
            if (value instanceof Map || value instanceof List) {
                sections.add(section(name, value));
            } else {
                head.add(new Fact(label(name), cell(name, value)));
            }
        });
        return new StatusPage(banner(tree.get("drain")), head, sections);
    }

    private static Banner banner(@Nullable Object drain) {
        if (drain instanceof Map<?, ?> facts) {
            String phase = Objects.toString(facts.get("phase"), "");
            if (phase.equals("failed")) {
                return new Banner("bad", "The last drain failed", null);
            }
            if (!AT_REST.contains(phase)) {
                Object deadline = facts.get("deadline");
                return new Banner("busy", "Draining: " + phase, deadline == null ? null : instant(deadline.toString()));
            }
        }
        return new Banner("calm", "No interruption in progress", null);
    }

    private static Section section(String name, Object value) {
        List<Fact> facts = new ArrayList<>();
        List<Table> tables = new ArrayList<>();
        collect("", value, facts, tables);
        return new Section(label(name), facts, tables, bars(value));
    }

    private static List<SliceBar> bars(Object value) {
        return value instanceof List<?> list
                ? list.stream()
                        .filter(SliceBar::drawable)
                        .map(row -> SliceBar.of((Map<?, ?>) row))
                        .toList()
                : List.of();
    }

    private static void collect(String label, @Nullable Object value, List<Fact> facts, List<Table> tables) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            map.forEach((key, inner) -> collect(join(label, label(String.valueOf(key))), inner, facts, tables));
        } else if (value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
            tables.add(table(label, list));
        } else if (value != null) {
            facts.add(new Fact(label.isEmpty() ? "value" : label, cell(label, value)));
        }
    }

    private static Table table(String title, List<?> list) {
        List<Map<String, Cell>> rows = list.stream().map(StatusPage::row).toList();
        Set<String> columns = new LinkedHashSet<>();
        rows.forEach(row -> columns.addAll(row.keySet()));
        Cell absent = new Cell("–", null, false);
        return new Table(
                title,
                columns.stream()
                        .map(column -> new Column(
                                column,
                                rows.stream()
                                        .anyMatch(row ->
                                                row.getOrDefault(column, absent).number())))
                        .toList(),
                rows.stream()
                        .map(row -> columns.stream()
                                .map(column -> row.getOrDefault(column, absent))
                                .toList())
                        .toList());
    }

    private static Map<String, Cell> row(@Nullable Object element) {
        List<Fact> facts = new ArrayList<>();
        List<Table> nested = new ArrayList<>();
        collect("", element, facts, nested);
        if (SliceBar.drawable(element)) {
            nested.removeIf(table -> DRAWN.contains(table.title()));
        }
        Map<String, Cell> row = new LinkedHashMap<>();
        facts.forEach(fact -> row.put(fact.label(), fact.value()));
        nested.forEach(table ->
                row.put(table.title(), new Cell(String.valueOf(table.rows().size()), null, true)));
        return row;
    }

    private static Cell cell(String label, @Nullable Object value) {
        return switch (value) {
            case null -> new Cell("–", null, false);
            case List<?> list when list.isEmpty() -> new Cell("none", null, false);
            case List<?> list ->
                new Cell(String.join(", ", list.stream().map(String::valueOf).toList()), null, false);
            case Map<?, ?> empty -> new Cell("none", null, false);
            case Boolean flag -> new Cell(flag ? "yes" : "no", null, false);
            case Number bytes when label.endsWith("bytes") -> new Cell(gibibytes(bytes.longValue()), null, true);
            case Number number -> new Cell(number.toString(), null, true);
            default -> new Cell(value.toString(), instant(value.toString()), false);
        };
    }

    private static @Nullable String instant(String text) {
        // Parsing every string by exception would be slow; an instant starts with its year.
        if (text.length() < 20 || text.charAt(4) != '-' || text.charAt(10) != 'T') {
            return null;
        }
        try {
            return Instant.parse(text).toString();
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static String gibibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }

    private static String join(String outer, String inner) {
        return outer.isEmpty() ? inner : outer + " · " + inner;
    }

    /** {@code unusedNoticeMs} reads as "unused notice ms". */
    private static String label(String name) {
        String words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
        return words.replaceAll("\\bgpu(s?)\\b", "GPU$1");
    }
}
