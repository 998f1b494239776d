package dev.lastcall.worker.cli;

import dev.lastcall.worker.queue.QueueState;
import java.time.Duration;
import java.util.Locale;

/** One line of {@code watch}. */
final class ProgressLine {

    private static final int WIDTH = 30;

    private ProgressLine() {}

    /** @param first what the queue looked like when the watch began: rates count from there */
    static String of(QueueState first, QueueState now) {
        long ended = now.results() + now.dead();
        long all = ended + now.open();
        int full = all == 0 ? WIDTH : (int) (WIDTH * ended / all);
        StringBuilder line = new StringBuilder();
        line.append('[').repeat('#', full).repeat('.', WIDTH - full).append("] ");
        line.append(ended).append(" of ").append(all).append("  ");
        line.append(now.pending()).append(" waiting, ").append(now.leased()).append(" at work, ");
        line.append(now.delayed()).append(" delayed, ").append(now.dead()).append(" dead");
        double seconds = (now.nowMillis() - first.nowMillis()) / 1000.0;
        double since = ended - first.results() - (double) first.dead();
        if (seconds > 0 && since > 0) {
            double rate = since / seconds;
            line.append(String.format(Locale.ROOT, "  %.1f/s", rate));
            if (now.open() > 0) {
                line.append(", ")
                        .append(span(Duration.ofSeconds(Math.round(now.open() / rate))))
                        .append(" left");
            }
        }
        return line.toString();
    }

    private static String span(Duration time) {
        if (time.toHours() > 0) {
            return time.toHours() + " h " + time.toMinutesPart() + " min";
        }
        return time.toMinutes() > 0
                ? time.toMinutes() + " min " + time.toSecondsPart() + " s"
                : time.toSeconds() + " s";
    }
}
