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
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
        Mutation[] ways = Mutation.values();
        Map<Mutation, Integer> changed = new EnumMap<>(Mutation.class);
        int understood = 0;
        for (int round = 0; round < MUTATIONS; round++) {
            // Each way takes its turn as the first, so that none depends on chance; more may follow.
            Mutation first = ways[round % ways.length];
            String text = first.apply(answer.body(), random);
            changed.merge(first, text.equals(answer.body()) ? 0 : 1, Integer::sum);
            for (int more = random.nextInt(3); more > 0 && !text.isEmpty(); more--) {
                text = ways[random.nextInt(ways.length)].apply(text, random);
            }
            if (answer.parser().apply(text) instanceof Parsed.Understood read) {
                understood++;
                for (Sighting sighting : read.sightings()) {
                    assertSaid(answer, text, sighting);
                }
            }
        }
        System.out.printf(
                "%s: %d mutations, %d still understood; changed by %s%n", answer, MUTATIONS, understood, changed);
        int often = MUTATIONS / ways.length / 2;
        assertThat(changed.get(Mutation.TRUNCATION)).isGreaterThan(often);
        if (answer.notices() > 0 && answer.body().contains("{")) {
            assertThat(changed.get(Mutation.OTHER_TYPE)).isGreaterThan(often);
            assertThat(changed.get(Mutation.HUGE_NUMBER)).isGreaterThan(often);
            assertThat(changed.get(Mutation.DUPLICATE_KEY)).isGreaterThan(often);
        }
        if (!timesIn(answer.body()).isEmpty()) {
            assertThat(changed.get(Mutation.WRONG_DATE)).isGreaterThan(often);
        }
    }

    private static void assertSaid(Recorded answer, String text, Sighting sighting) {
        assertThat(answer.words().get(sighting.kind()))
                .as("a word for %s in %s", sighting.kind(), text)
                .anyMatch(word -> text.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT)));
        switch (sighting.due()) {
            case Due.At at -> assertThat(timesIn(text)).as(text).contains(at.time());
            case Due.NotBefore before -> assertThat(timesIn(text)).as(text).contains(before.time());
            case Due.Within within -> {}
            case Due.Unknown() -> {}
        }
        if (sighting.announcedAt() != null) {
            assertThat(timesIn(text)).as(text).contains(sighting.announcedAt());
        }
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
