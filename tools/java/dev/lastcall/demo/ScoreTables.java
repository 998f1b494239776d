package dev.lastcall.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.demo.Style.Ink;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The scores as aligned tables and sentences; nothing here prints. */
final class ScoreTables {

    private final Style style;

    ScoreTables(Style style) {
        this.style = style;
    }

    /**
     * The clients' truth beside what the agent wrote into the Node's annotation.
     *
     * @param seen from T+0 until the agent saw the notice: what ended before that is in neither column
     */
    List<String> besideLedger(Score truth, Duration seen, JsonNode report) {
        JsonNode ledger = report.path("requests");
        List<String> lines = new ArrayList<>();
        lines.add(style.paint(
                Ink.DIM, row("requests from T+" + seen.toMillis() + " ms on", "clients saw", "agent's ledger")));
        lines.add(row("in flight when the notice was seen", text(truth.atNotice()), text(ledger.path("atNotice"))));
        lines.add(row("admitted after it", text(truth.admittedAfter()), text(ledger.path("admittedAfter"))));
        lines.add(row("finished", text(truth.finished()), text(ledger.path("finished"))));
        lines.add(row("lost", text(truth.lost()), text(ledger.path("lost"))));
        lines.add(row("unknown", "", text(ledger.path("unknown"))));
        lines.add(row("rejected by every pod", text(truth.rejected()), ""));
        truth.pods()
                .forEach((pod, on) -> lines.add(style.paint(
                        Ink.DIM, row("  " + pod, on.finished() + " finished, " + on.lost() + " lost", ""))));
        long counted =
                ledger.path("atNotice").asLong() + ledger.path("admittedAfter").asLong();
        if (counted < truth.total()) {
            lines.add(
                    style.paint(
                            Ink.DIM,
                            "  The agent counts from its first reading of an engine on, some milliseconds after the notice: what ends"));
            lines.add(style.paint(
                    Ink.DIM, "  before that is not in its ledger (here " + (truth.total() - counted) + ")."));
        }
        return lines;
    }

    /** One score alone. */
    List<String> alone(Score truth) {
        List<String> lines = new ArrayList<>();
        lines.add(style.paint(Ink.DIM, row("requests from T+0 on", "clients saw", "")));
        lines.add(row("in flight when it began", text(truth.atNotice()), ""));
        lines.add(row("admitted after it", text(truth.admittedAfter()), ""));
        lines.add(row("finished", text(truth.finished()), ""));
        lines.add(row("lost", text(truth.lost()), ""));
        lines.add(row("rejected by every pod", text(truth.rejected()), ""));
        return lines;
    }

    String verdict(Score truth, JsonNode report) {
        if (truth.avoidable() > 0) {
            return style.paint(
                    Ink.RED,
                    "  " + truth.avoidable() + " of " + truth.total()
                            + " requests were lost though they could have finished: the promise is broken.");
        }
        if (truth.lost() > 0) {
            JsonNode ledger = report.path("requests");
            long missing = truth.lost()
                    - ledger.path("lost").asLong()
                    - ledger.path("unknown").asLong();
            return style.paint(
                    missing > 0 ? Ink.RED : Ink.YELLOW,
                    "  " + truth.finished() + " of " + truth.total() + " requests finished; " + truth.lost()
                            + " needed more time than the notice left"
                            + (missing > 0
                                    ? ", and the ledger misses " + missing + " of them."
                                    : ", and are counted."));
        }
        return style.paint(
                Ink.GREEN,
                String.format(
                        Locale.ROOT,
                        "  Nothing was lost: all %d requests finished, and %.1f s of the notice were not needed.",
                        truth.total(),
                        report.path("unusedNoticeMs").asLong() / 1000.0));
    }

    /** @param evictionAt when the evictions of the second run began */
    List<String> sideBySide(Score with, Score without, Instant evictionAt) {
        String felt = without.lost() == 0
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "%.1f s later",
                        Duration.between(evictionAt, without.lastEnd()).toMillis() / 1000.0);
        List<String> lines = new ArrayList<>();
        lines.add(style.paint(Ink.BOLD, row("the difference", "with Lastcall", "evict at once")));
        lines.add(row("requests on the doomed pods", text(with.total()), text(without.total())));
        lines.add(row("finished", text(with.finished()), text(without.finished())));
        lines.add(style.paint(
                without.lost() > with.lost() ? Ink.RED : Ink.GREEN,
                row("lost", text(with.lost()), text(without.lost()))));
        lines.add(row("rejected by every pod", text(with.rejected()), text(without.rejected())));
        lines.add(row("the last client knew of its loss", with.lost() == 0 ? "-" : "at the end", felt));
        lines.add("");
        lines.add(style.paint(
                Ink.BOLD,
                "  Same node, same load, same notice: " + with.lost() + " lost with Lastcall, " + without.lost()
                        + " without."));
        return lines;
    }

    /** The rule for the last ones in rotation, and the same without it. */
    List<String> rule(LastcallRun.Result with, LastcallRun.Result without) {
        Score kept = with.score();
        Score left = without.score();
        List<String> lines = new ArrayList<>();
        lines.add(style.paint(Ink.BOLD, row("the difference", "keep-in-rotation", "all leave at once")));
        lines.add(row("finished on the pods that go", text(kept.finished()), text(left.finished())));
        lines.add(row("lost", text(kept.lost()), text(left.lost())));
        lines.add(style.paint(
                kept.rejected() < left.rejected() ? Ink.RED : Ink.GREEN,
                row("rejected by every pod", text(kept.rejected()), text(left.rejected()))));
        lines.add(row("nobody in rotation for", seconds(with.nobody()), seconds(without.nobody())));
        lines.add("");
        lines.add(style.paint(
                Ink.BOLD,
                "  Same service, same load, same notice: " + kept.rejected() + " turned away with the rule, "
                        + left.rejected() + " without."));
        return lines;
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }

    private static String row(String name, String first, String second) {
        return String.format(Locale.ROOT, "  %-36s %22s %18s", name, first, second)
                .stripTrailing();
    }

    private static String text(long number) {
        return String.valueOf(number);
    }

    private static String text(JsonNode number) {
        return number.isNumber() ? number.asText() : "?";
    }
}
