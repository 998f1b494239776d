package dev.lastcall.demo;

import dev.lastcall.demo.Style.Ink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines of the timeline; nothing here prints. Each fits {@link #WIDTH} columns. */
final class Timeline {

    static final int WIDTH = 100;

    /** Columns before the text of an event. */
    private static final int STAMP = 26;

    /** What kind of thing happened; the word stands in the second column. */
    enum Mark {
        NOTICE(Ink.YELLOW),
        SEEN(Ink.YELLOW),
        CORDON(Ink.CYAN),
        SCALED(Ink.CYAN),
        KEPT(Ink.GREEN),
        WITHDRAWN(Ink.CYAN),
        RUNNING(Ink.DIM),
        IDLE(Ink.GREEN),
        EVICTED(Ink.CYAN),
        BLOCKED(Ink.YELLOW),
        FORCED(Ink.RED),
        LOST(Ink.RED),
        GONE(Ink.DIM),
        STARTED(Ink.CYAN),
        READY(Ink.GREEN),
        KILLED(Ink.RED),
        DONE(Ink.GREEN);

        private final Ink ink;

        Mark(Ink ink) {
            this.ink = ink;
        }
    }

    /**
     * The requests on the doomed pods at one moment.
     *
     * @param open under way
     * @param silent those of them without a byte for a second
     */
    record Pulse(long open, long silent, long finished, long lost) {}

    private final Style style;

    Timeline(Style style) {
        this.style = style;
    }

    /** A step before the notice, with the time since the start of the program. */
    String step(Duration since, String text) {
        String time = String.format(Locale.ROOT, "%7.1f s", since.toMillis() / 1000.0);
        return "  " + style.paint(Ink.DIM, time) + "  " + clip(text, WIDTH - 13);
    }

    String heading(String text) {
        return "\n" + style.paint(Ink.BOLD, clip(text, WIDTH));
    }

    /**
     * One line, or more where the text is long: the further ones stand under the first.
     *
     * @param since the notice
     */
    String event(Duration since, Mark mark, String text) {
        return stamp(since, mark) + String.join("\n" + " ".repeat(STAMP), wrap(text));
    }

    /** How many requests still run, as a bar that was full at the notice. */
    String pulse(Duration since, Pulse pulse, long atNotice, Duration left) {
        String silent = pulse.silent() == 0 ? "" : ", " + pulse.silent() + " silent";
        String counts = String.format(
                Locale.ROOT,
                "  %2d open%s, %d finished, %d lost",
                pulse.open(),
                silent,
                pulse.finished(),
                pulse.lost());
        String clock = left.isNegative() ? "" : "  (" + left.toSeconds() + " s left)";
        boolean bad = pulse.silent() > 0 || pulse.lost() > 0;
        return stamp(since, Mark.RUNNING)
                + style.paint(bad ? Ink.RED : Ink.GREEN, style.bar(pulse.open(), atNotice, 18))
                + (bad ? style.paint(Ink.RED, counts) : counts)
                + style.paint(Ink.DIM, clock);
    }

    /** How many jobs of a batch have their result. */
    String results(Duration since, long results, long jobs) {
        return stamp(since, Mark.RUNNING) + style.bar(results, jobs, 18) + "  " + results + " of " + jobs + " results";
    }

    private String stamp(Duration since, Mark mark) {
        String time = String.format(Locale.ROOT, "  T+%6d ms", since.toMillis());
        String word = String.format(Locale.ROOT, "%-11s", mark.name().toLowerCase(Locale.ROOT));
        return style.paint(Ink.DIM, time) + "  " + style.paint(mark.ink, word);
    }

    private static List<String> wrap(String text) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > WIDTH - STAMP) {
            int space = rest.lastIndexOf(' ', WIDTH - STAMP);
            int end = space > 0 ? space : WIDTH - STAMP;
            lines.add(rest.substring(0, end).stripTrailing());
            rest = rest.substring(end).stripLeading();
        }
        lines.add(rest);
        return lines;
    }

    private static String clip(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 3) + "...";
    }
}
