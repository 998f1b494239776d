package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lastcall.lint.truth.Consequence;
import dev.lastcall.lint.truth.TruthRow;
import dev.lastcall.lint.truth.TruthRows;
import dev.lastcall.lint.truth.TruthTable;
import dev.lastcall.support.controlplane.ControlPlane;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Lint against the drain of exactly the pods that it speaks about: every manifest of {@link TruthRows}, in waves that a small machine
 * can run at their real pace. {@code -Dgolden.update=true} writes what was measured to docs/LINT.md.
 */
class LintTruthIT {
    private static final int AT_ONCE = 17;
    private static final String SKIPPED =
            "skipped: it needs a machine that does nothing else for five minutes; make test-truth runs it";

    private static final List<TruthResult> RESULTS = new ArrayList<>();

    @BeforeAll
    static void drain() throws Exception {
        if (!Boolean.getBoolean("lastcall.truth")) {
            System.out.println(SKIPPED);
        }
        assumeTrue(Boolean.getBoolean("lastcall.truth"), SKIPPED);
        List<TruthRow> rows = TruthRows.all();
        for (int from = 0; from < rows.size(); from += AT_ONCE) {
            List<TruthRow> some = rows.subList(from, Math.min(rows.size(), from + AT_ONCE));
            try (TruthWave wave = new TruthWave(ControlPlane.shared(), "truth-" + from / AT_ONCE, some)) {
                RESULTS.addAll(wave.drain());
            }
        }
    }

    @Test
    void lint_says_of_what_is_drained_what_its_row_says() {
        claim(claims -> result -> claims.assertThat(result.said())
                .as(result.row().name())
                .isEqualTo(result.row().findings()));
    }

    @Test
    void where_lint_speaks_the_drain_does_what_the_finding_says() {
        claim(claims -> result -> claims.assertThat(result.seen())
                .as(result.toString())
                .containsAll(result.row().predicted()));
    }

    @Test
    void where_lint_is_silent_nothing_is_lost_forced_or_killed_and_a_replacement_serves() {
        claim(claims -> result -> {
            if (result.row().clean()) {
                Set<Consequence> seen = new TreeSet<>(result.seen());
                if (!result.row().manifest().movable()) {
                    seen.remove(Consequence.NOT_REPLACED);
                    seen.remove(Consequence.UNSERVED);
                }
                claims.assertThat(seen).as(result.toString()).isEmpty();
            }
        });
    }

    /** A pod that is forced or killed may still have finished all that there was time for. */
    @Test
    void where_lint_does_not_speak_of_requests_none_is_lost_that_could_have_ended_in_time() {
        claim(claims -> result -> {
            if (!result.row().losing()) {
                claims.assertThat(result.lostNeedlessly())
                        .as(result.row().name())
                        .isEmpty();
            }
        });
    }

    @Test
    void what_was_measured_can_be_written_to_the_manual() throws Exception {
        Map<String, String> measured = new LinkedHashMap<>();
        for (TruthResult result : RESULTS) {
            measured.put(result.row().name(), result.measured());
            System.out.printf(
                    "%-90s %-45s %-40s %s%n",
                    result.row().name(), result.row().findings(), result.seen(), result.measured());
        }
        assertThat(measured).hasSameSizeAs(TruthRows.all());
        if (Boolean.getBoolean("golden.update")) {
            TruthTable.write(TruthRows.all(), measured);
        }
    }

    private interface Claim {
        java.util.function.Consumer<TruthResult> on(SoftAssertions claims);
    }

    /** Of every row; all that fail are told. */
    private static void claim(Claim claim) {
        SoftAssertions claims = new SoftAssertions();
        RESULTS.forEach(claim.on(claims));
        claims.assertAll();
    }
}
