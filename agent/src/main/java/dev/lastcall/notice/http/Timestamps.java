package dev.lastcall.notice.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.Optional;

/** The forms in which clouds write times. A year outside 2000 to 2200 is a mistake, not a time. */
public final class Timestamps {

    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

    /** AWS scheduled events: {@code 21 Jan 2019 09:00:43 GMT}. */
    private static final DateTimeFormatter AWS_EVENT = new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern("d MMM uuuu HH:mm:ss 'GMT'")
            .toFormatter(Locale.ENGLISH)
            .withResolverStyle(ResolverStyle.STRICT);

    /** Stricter than the JDK's own, which reads {@code 22:26:8}, a digit lost, as eight seconds past. */
    private static final DateTimeFormatter RFC_1123 = DateTimeFormatter.ofPattern(
                    "EEE, d MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withResolverStyle(ResolverStyle.STRICT);

    private static final DateTimeFormatter PLAIN =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);

    private Timestamps() {}

    @FunctionalInterface
    private interface Reader {
        Instant read(String text);
    }

    /** RFC 3339 with a zone: {@code 2017-09-18T08:22:00Z}. */
    public static Optional<Instant> rfc3339(String text) {
        return read(text, form -> OffsetDateTime.parse(form).toInstant());
    }

    /** {@code Mon, 19 Sep 2016 18:29:47 GMT}. */
    public static Optional<Instant> rfc1123(String text) {
        return read(text, form -> LocalDateTime.parse(form, RFC_1123).toInstant(ZoneOffset.UTC));
    }

    /** {@code 21 Jan 2019 09:00:43 GMT}. */
    public static Optional<Instant> awsEvent(String text) {
        return read(text, form -> LocalDateTime.parse(form, AWS_EVENT).toInstant(ZoneOffset.UTC));
    }

    /** {@code 2018-08-18 12:05:33} in the given zone. */
    public static Optional<Instant> plain(String text, ZoneOffset zone) {
        return read(text, form -> LocalDateTime.parse(form, PLAIN).toInstant(zone));
    }

    private static Optional<Instant> read(String text, Reader reader) {
        try {
            Instant time = reader.read(text.strip());
            return time.isBefore(EARLIEST) || time.isAfter(LATEST) ? Optional.empty() : Optional.of(time);
        } catch (DateTimeException | ArithmeticException noTime) {
            return Optional.empty();
        }
    }
}
