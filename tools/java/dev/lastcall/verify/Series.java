package dev.lastcall.verify;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One line of an exposition. */
record Series(String name, Map<String, String> labels, double value) {

    private static final Pattern LINE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    static List<Series> parse(String exposition) {
        List<Series> all = new ArrayList<>();
        exposition.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher parts = LINE.matcher(line);
            if (parts.matches()) {
                Map<String, String> labels = new HashMap<>();
                Matcher label = LABEL.matcher(parts.group(2) == null ? "" : parts.group(2));
                while (label.find()) {
                    labels.put(label.group(1), label.group(2));
                }
                all.add(new Series(parts.group(1), Map.copyOf(labels), Double.parseDouble(parts.group(3))));
            }
        });
        return all;
    }

    /** The series of this name that has at least these labels. */
    static Optional<Series> find(List<Series> all, String name, Map<String, String> labels) {
        return all.stream()
                .filter(series ->
                        series.name().equals(name) && series.labels().entrySet().containsAll(labels.entrySet()))
                .findFirst();
    }
}
