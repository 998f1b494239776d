package dev.lastcall.notice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ten thousand seeded mutations of every recorded answer. */
class MutatedAnswersTest {

    private static final int MUTATIONS = 10_000;
    private static final long SEED = 20261125;

    private static final List<String> SPLINTERS = List.of(
            "null",
            "true",
            "[]",
            "{}",
            "-1",
            "1e999999",
            "9".repeat(400),
            "\"\"",
            "\\u0000",
            "\"",
            "{",
            "[",
            "}",
            "]",
            ",",
            ":",
            "9999-99-99T99:99:99Z",
            "2026-02-30T00:00:00Z",
            "32 Jan 2019 09:00:43 GMT",
            "\ud800",
            "\u0000");

    static Stream<Recorded> recorded() {
        return Recorded.all().stream();
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void as_recorded_it_is_understood(Recorded answer) {
        assertThat(answer.parser().apply(answer.body()))
                .isInstanceOfSatisfying(
                        Parsed.Understood.class,
                        understood -> assertThat(understood.sightings()).hasSize(answer.notices()));
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void a_mutated_answer_never_throws_and_never_yields_what_the_text_does_not_say(Recorded answer) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < MUTATIONS; round++) {
            String text = answer.body();
            for (int times = random.nextInt(1, 4); times > 0; times--) {
                text = mutate(text, random);
            }
            Parsed parsed = answer.parser().apply(text);
            if (parsed instanceof Parsed.Understood understood) {
                for (Sighting sighting : understood.sightings()) {
                    assertSaid(answer, text, sighting);
                }
            }
        }
    }

    private static void assertSaid(Recorded answer, String text, Sighting sighting) {
        assertThat(answer.words()).as(text).anyMatch(text::contains);
        if (sighting.due() instanceof Due.At at) {
            assertThat(timesIn(text)).as(text).contains(at.time());
        }
        if (sighting.announcedAt() != null) {
            assertThat(timesIn(text)).as(text).contains(sighting.announcedAt());
        }
    }

    private static String mutate(String text, SplittableRandom random) {
        if (text.isEmpty()) {
            return SPLINTERS.get(random.nextInt(SPLINTERS.size()));
        }
        int from = random.nextInt(text.length());
        int to = Math.min(text.length(), from + random.nextInt(1, 12));
        String part = text.substring(from, to);
        return switch (random.nextInt(9)) {
            case 0 -> text.substring(0, from);
            case 1 -> text.substring(0, from) + text.substring(to);
            case 2 -> text.substring(0, to) + part + text.substring(to);
            case 3 -> text.substring(0, from) + (char) random.nextInt(1, 0x300) + text.substring(from + 1);
            case 4 -> text.substring(0, from) + SPLINTERS.get(random.nextInt(SPLINTERS.size())) + text.substring(to);
            case 5 -> replaceOne(text, "\"[^\"]*\"", SPLINTERS.get(random.nextInt(SPLINTERS.size())), random);
            case 6 -> replaceOne(text, "\\d+", Long.toString(random.nextLong()), random);
            case 7 -> replaceOne(text, "\\d", Integer.toString(random.nextInt(10)), random);
            default -> duplicateKey(text, random);
        };
    }

    private static String replaceOne(String text, String regex, String by, SplittableRandom random) {
        List<int[]> hits = new ArrayList<>();
        Matcher matcher = Pattern.compile(regex).matcher(text);
        while (matcher.find()) {
            hits.add(new int[] {matcher.start(), matcher.end()});
        }
        if (hits.isEmpty()) {
            return text;
        }
        int[] hit = hits.get(random.nextInt(hits.size()));
        return text.substring(0, hit[0]) + by + text.substring(hit[1]);
    }

    private static String duplicateKey(String text, SplittableRandom random) {
        Matcher pair = Pattern.compile("\"\\w+\"\\s*:\\s*\"[^\"]*\"").matcher(text);
        List<String> pairs = new ArrayList<>();
        while (pair.find()) {
            pairs.add(pair.group());
        }
        if (pairs.isEmpty()) {
            return text;
        }
        String twice = pairs.get(random.nextInt(pairs.size()));
        String other = twice.replaceFirst(":\\s*\".*", ": \"2030-01-01T00:00:00Z\"");
        return text.replace(twice, twice + ", " + other);
    }

    private static List<Instant> timesIn(String text) {
        List<Instant> times = new ArrayList<>();
        scan(text, "\\d{4}-\\d\\d-\\d\\d[Tt][0-9:.,]+(?:[Zz]|[+-][0-9:]+)", times, OffsetDateTime::parse);
        scan(text, "[+-]\\d{4,10}-\\d\\d-\\d\\d[Tt][0-9:.,]+(?:[Zz]|[+-][0-9:]+)", times, OffsetDateTime::parse);
        scan(
                text,
                "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d",
                times,
                hit -> LocalDateTime.parse(hit.replace(' ', 'T')).atOffset(ZoneOffset.ofHours(8)));
        DateTimeFormatter aws = DateTimeFormatter.ofPattern("d MMM uuuu HH:mm:ss z", Locale.ENGLISH);
        scan(
                text,
                "\\d{1,2} [A-Za-z]{3} \\d{4} \\d\\d:\\d\\d:\\d\\d [Gg][Mm][Tt]",
                times,
                hit -> ZonedDateTime.parse(titled(hit), aws).toOffsetDateTime());
        scan(
                text,
                "(?:[A-Za-z]{3}, )?\\d{1,2} [A-Za-z]{3} \\d{4} \\d\\d:\\d\\d(?::\\d\\d)? (?:GMT|[+-]\\d{4})",
                times,
                hit -> ZonedDateTime.parse(hit, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toOffsetDateTime());
        return times;
    }

    private static String titled(String hit) {
        String[] parts = hit.split(" ");
        parts[1] = parts[1].substring(0, 1).toUpperCase(Locale.ROOT)
                + parts[1].substring(1).toLowerCase(Locale.ROOT);
        parts[4] = "GMT";
        return String.join(" ", parts);
    }

    private interface Reader {
        OffsetDateTime read(String hit);
    }

    private static void scan(String text, String regex, List<Instant> into, Reader reader) {
        Matcher matcher = Pattern.compile(regex).matcher(text);
        int start = 0;
        while (matcher.find(start)) {
            try {
                into.add(reader.read(matcher.group()).toInstant());
            } catch (DateTimeException none) {
                // Looks like a time and is none.
            }
            start = matcher.start() + 1;
        }
    }
}
