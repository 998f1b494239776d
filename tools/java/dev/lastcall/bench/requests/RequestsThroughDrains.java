package dev.lastcall.bench.requests;

import dev.lastcall.serving.EngineClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code make bench ONLY=requests}: every cell of the grid, by the agent and by two drainers that throw the deadline away. */
public final class RequestsThroughDrains {
    /** The same requests each time. */
    private static final long SEED = 20261130;

    private RequestsThroughDrains() {}

    /** A Markdown table. */
    public static String measure() {
        StringBuilder table = new StringBuilder("""
                | drainer | requests | finished | lost | of these could have finished | turned away | cells whose ledger differs (unknown to it) | nobody in rotation while a request had the time | of this too early |
                |---|---|---|---|---|---|---|---|---|
                """);
        List<TrialResult> wrong = new ArrayList<>();
        for (Drainer drainer : Drainer.values()) {
            List<TrialResult> results = all(Cell.grid(), drainer);
            table.append(row(drainer, results));
            if (drainer == Drainer.LASTCALL) {
                wrong.addAll(results.stream()
                        .filter(each -> each.needlessly() > 0 || !each.ledgerIsTrue())
                        .toList());
            }
        }
        return table + "\n" + wrong.size() + " cells to look at\n"
                + wrong.stream().limit(400).map(each -> "- " + each + "\n").collect(Collectors.joining());
    }

    /** These cells, one after the other. */
    static List<TrialResult> all(List<Cell> cells, Drainer drainer) {
        try (EngineClient unused = new EngineClient()) {
            return IntStream.range(0, cells.size())
                    .mapToObj(i -> new Trial(cells.get(i), drainer).run(SEED + i, unused))
                    .toList();
        }
    }

    private static String row(Drainer drainer, List<TrialResult> results) {
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %d | %d | %d | %s | %d s | %s |%n",
                drainer.words(),
                sum(results, TrialResult::requests),
                sum(results, TrialResult::finished),
                sum(results, TrialResult::lost),
                sum(results, TrialResult::needlessly),
                sum(results, TrialResult::turnedAway),
                drainer == Drainer.LASTCALL
                        ? "%d of %d (%d)"
                                .formatted(
                                        results.stream()
                                                .filter(each -> !each.ledgerIsTrue())
                                                .count(),
                                        results.size(),
                                        results.stream()
                                                .mapToLong(each -> each.ledger().unknown())
                                                .sum())
                        : "-",
                seconds(results, TrialResult::nobody),
                drainer == Drainer.LASTCALL ? seconds(results, TrialResult::empty) + " s" : "-");
    }

    private static long seconds(List<TrialResult> results, java.util.function.Function<TrialResult, Duration> of) {
        return results.stream().map(of).reduce(Duration.ZERO, Duration::plus).toSeconds();
    }

    private static int sum(List<TrialResult> results, java.util.function.ToIntFunction<TrialResult> of) {
        return results.stream().mapToInt(of).sum();
    }
}
