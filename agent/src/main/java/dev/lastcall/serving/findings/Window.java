package dev.lastcall.serving.findings;

import java.time.Duration;

/**
 * How long a cloud gives between its notice and the end of the machine.
 *
 * @param length positive
 */
public record Window(Duration length) {

    /** The public name: {@code 30s}, {@code 120s}. */
    public String label() {
        return length.toMillis() % 1000 == 0 ? length.toSeconds() + "s" : length.toMillis() + "ms";
    }
}
