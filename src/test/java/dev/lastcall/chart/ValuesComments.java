package dev.lastcall.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The values of values.yaml and what their comments say. A comment that begins with {@code # --} stands directly over its
 * key and makes it one value, however much lies below it; a key without one only groups others.
 */
public final class ValuesComments {

    /** @param defaultValue in one line of JSON; empty for an empty string */
    public record Value(String path, String defaultValue, String meaning) {}

    private record Open(int indent, String name) {}

    private static final Pattern KEY = Pattern.compile("^( *)([A-Za-z][\\w.-]*):(.*)$");
    private static final Pattern COMMENT = Pattern.compile("^ *# (-- )?(.*)$");

    private ValuesComments() {}

    public static List<Value> read(Path file) throws IOException {
        JsonNode values = new ObjectMapper(new YAMLFactory()).readTree(file.toFile());
        List<Value> found = new ArrayList<>();
        Deque<Open> open = new ArrayDeque<>();
        StringBuilder meaning = new StringBuilder();
        int documented = Integer.MAX_VALUE;
        for (String line : Files.readAllLines(file)) {
            Matcher comment = COMMENT.matcher(line);
            Matcher key = KEY.matcher(line);
            if (comment.matches()) {
                if (comment.group(1) != null) {
                    meaning.setLength(0);
                    meaning.append(comment.group(2));
                } else if (!meaning.isEmpty()) {
                    meaning.append(' ').append(comment.group(2));
                }
            } else if (key.matches() && key.group(1).length() <= documented) {
                int indent = key.group(1).length();
                while (!open.isEmpty() && open.peek().indent() >= indent) {
                    open.pop();
                }
                open.push(new Open(indent, key.group(2)));
                documented = Integer.MAX_VALUE;
                if (!meaning.isEmpty()) {
                    List<String> path =
                            new ArrayList<>(open.stream().map(Open::name).toList()).reversed();
                    found.add(new Value(String.join(".", path), at(values, path), meaning.toString()));
                    meaning.setLength(0);
                    documented = indent;
                } else if (!key.group(3).isBlank()) {
                    throw new IllegalStateException(file + ": no comment says what " + key.group(2) + " is");
                }
            }
        }
        return found;
    }

    /** The values as the rows of a Markdown table. */
    public static String table(Path file) throws IOException {
        return read(file).stream()
                .map(value -> "| `%s` | %s | %s |\n"
                        .formatted(
                                value.path(),
                                value.defaultValue().isEmpty()
                                                || value.defaultValue().equals("null")
                                        ? ""
                                        : "`" + value.defaultValue() + "`",
                                value.meaning()))
                .collect(Collectors.joining("", "| value | default | meaning |\n|---|---|---|\n", ""));
    }

    private static String at(JsonNode values, List<String> path) {
        JsonNode at = values;
        for (String part : path) {
            at = at.path(part);
        }
        return at.isTextual() ? at.asText() : at.toString();
    }
}
