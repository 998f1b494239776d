package dev.lastcall.notice;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Ways to spoil a text. Each gives the text itself back where it has nothing of the kind. */
enum Mutation {
    TRUNCATION {
        @Override
        String apply(String text, SplittableRandom random) {
            return text.substring(0, random.nextInt(text.length() + 1));
        }
    },
    OTHER_TYPE {
        @Override
        String apply(String text, SplittableRandom random) {
            return replaceOne(text, VALUE, pick(OTHER_TYPES, random), random);
        }
    },
    HUGE_NUMBER {
        @Override
        String apply(String text, SplittableRandom random) {
            String number = random.nextBoolean() ? pick(HUGE, random) : Long.toString(random.nextLong());
            return replaceOne(text, DIGITS, number, random);
        }
    },
    WRONG_DATE {
        @Override
        String apply(String text, SplittableRandom random) {
            return replaceOne(text, TIME, pick(WRONG_DATES, random), random);
        }
    },
    DUPLICATE_KEY {
        @Override
        String apply(String text, SplittableRandom random) {
            Matcher pair = Pattern.compile("\"\\w+\"\\s*:\\s*(?:\"[^\"]*\"|-?\\d+|\\[[^\\[\\]]*])")
                    .matcher(text);
            List<String> pairs = new ArrayList<>();
            while (pair.find()) {
                pairs.add(pair.group());
            }
            if (pairs.isEmpty()) {
                return text;
            }
            String once = pairs.get(random.nextInt(pairs.size()));
            String key = once.substring(0, once.indexOf(':'));
            String again = random.nextBoolean() ? once : key + ": \"" + pick(WRONG_DATES, random) + "\"";
            return text.replace(once, once + ", " + again);
        }
    },
    LOST_PART {
        @Override
        String apply(String text, SplittableRandom random) {
            int from = random.nextInt(text.length());
            return text.substring(0, from) + text.substring(Math.min(text.length(), from + random.nextInt(1, 12)));
        }
    },
    REPEATED_PART {
        @Override
        String apply(String text, SplittableRandom random) {
            int from = random.nextInt(text.length());
            int to = Math.min(text.length(), from + random.nextInt(1, 12));
            return text.substring(0, to) + text.substring(from);
        }
    },
    OTHER_CHARACTER {
        @Override
        String apply(String text, SplittableRandom random) {
            int at = random.nextInt(text.length());
            return text.substring(0, at) + (char) random.nextInt(1, 0x300) + text.substring(at + 1);
        }
    },
    OTHER_DIGIT {
        @Override
        String apply(String text, SplittableRandom random) {
            return replaceOne(text, DIGIT, Integer.toString(random.nextInt(10)), random);
        }
    },
    SPLINTER {
        @Override
        String apply(String text, SplittableRandom random) {
            int at = random.nextInt(text.length());
            return text.substring(0, at) + pick(SPLINTERS, random) + text.substring(at);
        }
    };

    private static final Pattern VALUE = Pattern.compile("\"[^\"]*\"|-?\\d+|[A-Za-z_]+");
    private static final Pattern DIGITS = Pattern.compile("\\d+");
    private static final Pattern DIGIT = Pattern.compile("\\d");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\dZ?"
            + "|(?:[A-Z][a-z]{2}, )?\\d{1,2} [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT|\\d+s");
    private static final List<String> OTHER_TYPES =
            List.of("null", "true", "false", "0", "-1", "1.5", "[]", "{}", "[null]", "\"\"", "[[[[]]]]");
    private static final List<String> HUGE =
            List.of("9".repeat(400), "1e999999", "-" + "9".repeat(40), "9223372036854775808", "0.1e-999999");
    private static final List<String> WRONG_DATES = List.of(
            "9999-99-99T99:99:99Z",
            "2026-02-30T00:00:00Z",
            "2026-11-25T24:00:00Z",
            "2026-11-25T23:59:60Z",
            "+999999999-12-31T23:59:59Z",
            "0000-00-00T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "2026-11-25T12:00:00",
            "2026-11-25",
            "2018-13-18 12:05:33",
            "2018-08-18 25:05:33",
            "32 Jan 2019 09:00:43 GMT",
            "21 Foo 2019 09:00:43 GMT",
            "30 Feb 2019 09:00:43 GMT",
            "Mon, 99 Sep 2016 18:29:47 GMT",
            "Fri, 19 Sep 2016 18:29:47 GMT",
            "tomorrow",
            "",
            "1505722920");
    private static final List<String> SPLINTERS =
            List.of("\\u0000", "\"", "{", "[", "}", "]", ",", ":", "\ud800", "\u0000", "<html>", "\r\n", "\ufeff", "'");

    /** @param text not empty */
    abstract String apply(String text, SplittableRandom random);

    private static String pick(List<String> from, SplittableRandom random) {
        return from.get(random.nextInt(from.size()));
    }

    private static String replaceOne(String text, Pattern pattern, String by, SplittableRandom random) {
        List<int[]> hits = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            hits.add(new int[] {matcher.start(), matcher.end()});
        }
        if (hits.isEmpty()) {
            return text;
        }
        int[] hit = hits.get(random.nextInt(hits.size()));
        return text.substring(0, hit[0]) + by + text.substring(hit[1]);
    }
}
