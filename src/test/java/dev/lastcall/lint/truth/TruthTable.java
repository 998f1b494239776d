package dev.lastcall.lint.truth;

import dev.lastcall.serving.findings.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The table of docs/LINT.md: what was predicted stands there as long as the rows are as they are; what was measured is from one run. */
public final class TruthTable {
    private static final Path PAGE = Path.of("docs/LINT.md");
    private static final Pattern TABLE = Pattern.compile("(?s)(<!-- truth -->\n)(.*?)(<!-- end -->)");
    private static final String HEAD = "| manifest | lint says | the drain | measured |\n|---|---|---|---|\n";

    private TruthTable() {}

    /** The rows of the page. */
    static List<String> lines() throws IOException {
        Matcher table = TABLE.matcher(Files.readString(PAGE));
        if (!table.find() || !table.group(2).startsWith(HEAD)) {
            throw new IllegalStateException(PAGE + " has no table between <!-- truth --> and <!-- end -->");
        }
        return table.group(2).substring(HEAD.length()).lines().toList();
    }

    /** Manifest, what lint says, and what has to happen: the line as far as it does not depend on a run. */
    static String predicted(TruthRow row) {
        String says = row.clean()
                ? "nothing"
                : row.findings().stream().map(each -> "`" + each + "`").collect(Collectors.joining(", "));
        String drain = row.clean()
                ? "nothing lost, ended by itself" + (row.manifest().movable() ? ", replaced" : "")
                : new TreeSet<>(row.predicted())
                        .stream().map(Consequence::words).collect(Collectors.joining(", "));
        return "| " + row.name() + " | " + says + " | " + drain + " | ";
    }

    /** @param measured by name of the row */
    public static void write(List<TruthRow> rows, Map<String, String> measured) throws IOException {
        String table = rows.stream()
                .map(row -> predicted(row) + measured.get(row.name()) + " |\n")
                .collect(Collectors.joining("", HEAD, ""));
        String page = TABLE.matcher(Files.readString(PAGE))
                .replaceFirst(found -> Matcher.quoteReplacement(found.group(1) + table + found.group(3)));
        for (String finding : Rules.names()) {
            page = example(finding)
                    .matcher(page)
                    .replaceFirst(found -> Matcher.quoteReplacement(found.group(1)
                            + sentence(
                                    first(rows, finding),
                                    measured.getOrDefault(first(rows, finding).name(), "-"))));
        }
        Files.writeString(PAGE, page);
    }

    /** What the section of a finding quotes from the table. */
    static String quoted(String finding) throws IOException {
        Matcher found = example(finding).matcher(Files.readString(PAGE));
        return found.find() ? found.group(2) : "";
    }

    /** The row that stands for a finding: the first that has it. */
    static TruthRow first(List<TruthRow> rows, String finding) {
        return rows.stream()
                .filter(row -> row.findings().contains(finding))
                .findFirst()
                .orElseThrow();
    }

    static String sentence(TruthRow row, String measured) {
        return "\"" + row.name() + "\" (table below): " + measured + ".";
    }

    private static Pattern example(String finding) {
        return Pattern.compile("(?s)(### " + finding + "\n.*?\\*\\*Measured\\.\\*\\* )([^\n]*)");
    }
}
