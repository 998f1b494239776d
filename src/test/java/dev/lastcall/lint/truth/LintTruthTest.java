package dev.lastcall.lint.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.serving.findings.Rules;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Findings, drained manifests and the table of the manual belong together; what the drains do is {@code LintTruthIT}'s. */
class LintTruthTest {

    static List<TruthRow> rows() {
        return TruthRows.all();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void lint_says_of_each_manifest_what_its_row_says(TruthRow row) throws IOException {
        List<String> readable = row.findings().stream()
                .filter(each -> !each.equals(TruthRow.LIVE))
                .toList();
        assertThat(TruthRow.lint(row.manifest().text("pool", "node"))).isEqualTo(readable);
    }

    @Test
    void every_finding_has_a_row_and_says_what_comes_of_it() {
        Set<String> shown =
                rows().stream().flatMap(row -> row.findings().stream()).collect(Collectors.toCollection(TreeSet::new));
        assertThat(shown).isEqualTo(new TreeSet<>(Rules.names())).isEqualTo(new TreeSet<>(Consequence.findings()));
    }

    @Test
    void there_are_thirty_manifests_and_a_dozen_clean_ones_among_them() {
        assertThat(rows()).extracting(TruthRow::name).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(30);
        assertThat(rows()).filteredOn(TruthRow::clean).hasSizeGreaterThanOrEqualTo(12);
    }

    @Test
    void the_manual_lists_every_manifest_with_what_was_measured() throws IOException {
        assertThat(TruthTable.lines())
                .hasSameSizeAs(rows())
                .zipSatisfy(
                        rows(),
                        (line, row) -> assertThat(line)
                                .as("run LintTruthIT with -Dgolden.update=true")
                                .startsWith(TruthTable.predicted(row))
                                .hasSizeGreaterThan(TruthTable.predicted(row).length() + 5));
    }

    @Test
    void the_section_of_each_finding_quotes_the_table() throws IOException {
        List<String> lines = TruthTable.lines();
        for (String finding : Rules.names()) {
            TruthRow row = TruthTable.first(rows(), finding);
            String line = lines.get(rows().stream().map(TruthRow::name).toList().indexOf(row.name()));
            String measured = line.substring(TruthTable.predicted(row).length(), line.length() - " |".length());
            assertThat(TruthTable.quoted(finding)).as(finding).isEqualTo(TruthTable.sentence(row, measured));
        }
    }
}
