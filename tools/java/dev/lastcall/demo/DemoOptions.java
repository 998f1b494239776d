package dev.lastcall.demo;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the environment asks of the demo.
 *
 * @param notice from the cloud's announcement to the end of the node
 * @param compare whether the same load is also shown another way: without the agent, or without its rule for the last ones
 * @param allDoomed whether the node that goes has all pods of the service
 */
record DemoOptions(Duration notice, boolean compare, boolean allDoomed) {

    private static final Duration SHORTEST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Pattern WHOLE = Pattern.compile("(?:(\\d{1,4})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");

    /** A value nobody can use; the message is the whole line for the user. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String message) {
            super(message);
        }
    }

    static DemoOptions from(Map<String, String> env) throws Unusable {
        return new DemoOptions(
                notice(env.getOrDefault("NOTICE", "")),
                !on(env.getOrDefault("SKIP_COMPARE", "")),
                on(env.getOrDefault("ALL_DOOMED", "")));
    }

    /** As Go writes durations, in whole seconds: {@code 30s}, {@code 2m}, {@code 1m30s}. Empty = 30 s. */
    private static Duration notice(String text) throws Unusable {
        if (text.isBlank()) {
            return Duration.ofSeconds(30);
        }
        Matcher parts = WHOLE.matcher(text.strip());
        if (!parts.matches()) {
            throw new Unusable("NOTICE=" + text + " is no duration; write it like 30s, 2m or 1m30s");
        }
        Duration notice = Duration.ofHours(number(parts.group(1)))
                .plusMinutes(number(parts.group(2)))
                .plusSeconds(number(parts.group(3)));
        if (notice.compareTo(SHORTEST) < 0 || notice.compareTo(LONGEST) > 0) {
            throw new Unusable("NOTICE=" + text + " is out of range; the demo takes 5s to 10m");
        }
        return notice;
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static boolean on(String value) {
        return !value.isBlank() && !value.equals("0") && !value.equalsIgnoreCase("false");
    }
}
