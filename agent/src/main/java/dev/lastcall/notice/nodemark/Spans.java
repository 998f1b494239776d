package dev.lastcall.notice.nodemark;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/** Durations as users write them in the configuration: {@code 90}, {@code 500ms}, {@code 30s}, {@code 1m30s}, PT2M. */
final class Spans {

    private static final Duration LONGEST = Duration.ofHours(24);

    private Spans() {}

    /** The duration, between zero and a day; empty for what is none. */
    static Optional<Duration> parse(String text) {
        String span = text.strip().toLowerCase(Locale.ROOT);
        try {
            Duration duration;
            if (span.matches("\\d{1,9}")) {
                duration = Duration.ofSeconds(Long.parseLong(span));
            } else if (span.matches("\\d{1,9}ms")) {
                duration = Duration.ofMillis(Long.parseLong(span.substring(0, span.length() - 2)));
            } else if (span.matches("\\d{1,3}d")) {
                duration = Duration.ofDays(Long.parseLong(span.substring(0, span.length() - 1)));
            } else {
                duration = Duration.parse(span.startsWith("p") ? span : "pt" + span);
            }
            return duration.isNegative() || duration.compareTo(LONGEST) > 0 ? Optional.empty() : Optional.of(duration);
        } catch (DateTimeParseException | ArithmeticException none) {
            return Optional.empty();
        }
    }
}
