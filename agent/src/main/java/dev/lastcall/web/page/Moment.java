package dev.lastcall.web.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A time on the page.
 *
 * @param iso for programs, and for the script that keeps the distance to now up to date
 * @param text for people
 */
public record Moment(String iso, String text) {

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY_AND_CLOCK =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    /**
     * Writes the times of one page.
     *
     * @param now when the state was taken
     * @param live false for a page that is kept, where a distance to now would soon be wrong
     */
    record Writer(Instant now, boolean live) {

        /** Null where the document has no time. */
        @Nullable
        Moment write(JsonNode value) {
            Instant at = instant(value);
            return at == null ? null : write(at);
        }

        Moment write(Instant at) {
            Instant second = at.truncatedTo(ChronoUnit.SECONDS);
            boolean today = second.truncatedTo(ChronoUnit.DAYS).equals(now.truncatedTo(ChronoUnit.DAYS));
            String text = (live && today ? CLOCK : DAY_AND_CLOCK).format(second);
            return new Moment(at.toString(), live ? text + " (" + relative(at) + ")" : text);
        }

        /** Without the distance to now. */
        Moment absolute(Instant at) {
            return new Moment(at.toString(), DAY_AND_CLOCK.format(at.truncatedTo(ChronoUnit.SECONDS)));
        }

        /** "58 s left", and what replaces it when the time is over; on a page that is kept, until when. */
        Moment left(Instant deadline) {
            if (!live) {
                return new Moment(
                        deadline.toString(), "until " + absolute(deadline).text());
            }
            return new Moment(
                    deadline.toString(),
                    deadline.isAfter(now)
                            ? distance(deadline) + " left"
                            : "deadline passed " + distance(deadline) + " ago");
        }

        private String relative(Instant at) {
            String text = at.isAfter(now) ? "in " + distance(at) : distance(at) + " ago";
            return text.replace(' ', '\u00a0');
        }

        /** As {@code page.js} writes it. */
        private String distance(Instant at) {
            long seconds = Math.round(Duration.between(now, at).abs().toMillis() / 1000.0);
            if (seconds < 120) {
                return seconds + " s";
            }
            if (seconds < 7200) {
                return Math.round(seconds / 60.0) + " min";
            }
            return seconds < 172_800 ? Math.round(seconds / 3600.0) + " h" : Math.round(seconds / 86_400.0) + " days";
        }
    }

    /** Null where the value is missing or no time. */
    static @Nullable Instant instant(JsonNode value) {
        try {
            return value.isTextual() ? Instant.parse(value.asText()) : null;
        } catch (DateTimeParseException notATime) {
            return null;
        }
    }
}
