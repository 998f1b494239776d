package dev.lastcall.notice;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When to ask a source again.
 *
 * @param interval the pause after an answer
 * @param longestBackOff no pause is longer, whatever fails: a third of the shortest notice
 */
public record PollPlan(Duration interval, Duration longestBackOff) {

    /** A service that does not answer at all is not helped by patience; it must be seen again soon after it is back. */
    private static final Duration LONGEST_AFTER_SILENCE = Duration.ofSeconds(5);

    /** The first pause after a failure where the interval is shorter, or zero as in a long poll. */
    private static final Duration SHORTEST_BACK_OFF = Duration.ofSeconds(1);

    /**
     * The pause before the next question.
     *
     * @param failures failed readings in a row, this one included
     */
    public Duration pauseAfter(Observation observation, int failures, RandomGenerator random) {
        if (!(observation instanceof Observation.Failed failed) || failures < 1) {
            return interval;
        }
        Duration cap = isSilence(failed.code()) ? min(LONGEST_AFTER_SILENCE, longestBackOff) : longestBackOff;
        if (failed.code().equals("403")) {
            return jittered(cap, random); // switched off by somebody: asking faster changes nothing
        }
        Duration base = max(interval, SHORTEST_BACK_OFF);
        Duration grown = min(cap, base.multipliedBy(1L << Math.min(failures - 1, 10)));
        Duration asked = failed.retryAfter();
        if (asked != null) {
            // What the service asks for, as far as the shortest notice allows; never hurried by jitter.
            return min(longestBackOff, max(asked, jittered(grown, random)));
        }
        return jittered(grown, random);
    }

    private static boolean isSilence(String code) {
        return switch (code) {
            case "timeout", "refused", "io" -> true;
            default -> false;
        };
    }

    /** Between a half and the whole, so that a fleet does not ask in step. */
    private static Duration jittered(Duration pause, RandomGenerator random) {
        long half = pause.toNanos() / 2;
        return Duration.ofNanos(half + (half == 0 ? 0 : random.nextLong(half + 1)));
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
