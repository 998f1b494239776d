package dev.lastcall.demo;

import java.io.PrintStream;
import java.time.Duration;

/** Where the lines go. On a terminal the line of progress is written again in place; in a log it comes about every 2 s. */
final class Screen {

    private static final String CLEAR = "\r\u001b[K";
    private static final Duration IN_A_LOG = Duration.ofMillis(1_900);

    private final PrintStream out;
    private final Style style;
    /** The line of progress that stands on the terminal; empty if none does. */
    private String standing = "";

    private boolean closed;
    private long lastProgress = System.nanoTime() - IN_A_LOG.toNanos();

    Screen(PrintStream out, Style style) {
        this.out = out;
        this.style = style;
    }

    Style style() {
        return style;
    }

    synchronized void line(String text) {
        if (!closed) {
            out.println((standing.isEmpty() ? "" : CLEAR) + text);
            out.print(standing);
            out.flush();
        }
    }

    synchronized void progress(String text) {
        if (closed) {
            return;
        }
        if (style.rewrite()) {
            out.print(CLEAR + text);
            out.flush();
            standing = text;
        } else if (System.nanoTime() - lastProgress >= IN_A_LOG.toNanos()) {
            lastProgress = System.nanoTime();
            line(text);
        }
    }

    /** The line of progress stays as it is; the next line comes under it. */
    synchronized void settle() {
        if (!standing.isEmpty() && !closed) {
            out.println();
            standing = "";
        }
    }

    /** Says one thing more, then nothing: what ends now has no story to tell. */
    synchronized void close(String last) {
        if (!closed) {
            settle();
            line(last);
            closed = true;
        }
    }
}
