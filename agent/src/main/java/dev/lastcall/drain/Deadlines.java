package dev.lastcall.drain;

import java.time.Duration;
import java.time.Instant;

/**
 * The arithmetic of one drain (docs/DRAIN.md, "The steps").
 *
 * @param deadline D: when the machine is gone
 * @param noticedAt when the agent first saw the notice
 * @param margin S
 */
public record Deadlines(Instant deadline, Instant noticedAt, Duration margin) {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /**
     * The moment a pod is evicted whatever it still does, and from which a refusing budget is overruled where that is
     * allowed: D − S − use, but never before half of the notice's time.
     *
     * @param use what the pod still needs after its termination signal
     */
    public Instant forcePoint(Duration use) {
        Instant point = deadline.minus(margin).minus(use);
        Instant half = half();
        return point.isBefore(half) ? half : point;
    }

    /** Half of the notice's time: no pod is forced before it, and none of the last in rotation stays there longer. */
    public Instant half() {
        return noticedAt.plus(Duration.between(noticedAt, deadline).dividedBy(2));
    }

    /**
     * How long an engine that is held goes on with what it has: to its eviction, and after its signal for what it can still finish.
     *
     * @param use what it can finish after its signal
     * @param own the pod's own grace
     * @param hold false where no time is left at all: it is told to go now
     */
    public Instant worksUntil(Duration use, Duration own, boolean hold, Instant now) {
        Instant held = now;
        if (hold) {
            // An engine whose own drain covers all that is left is told to go at once, whatever its force point is.
            Instant point = use.isZero() ? forcePoint(use) : coveredFrom(use);
            held = point.isBefore(now) ? now : point;
        }
        Duration grace = grace(own, held);
        return held.plus(use.compareTo(grace) < 0 ? use : grace);
    }

    /** min(own grace, D − 1 s − now), never under a second: zero would remove the object while containers run. */
    public Duration grace(Duration own, Instant now) {
        Duration left = Duration.between(now, deadline.minus(SECOND));
        Duration grace = own.compareTo(left) < 0 ? own : left;
        return grace.compareTo(SECOND) < 0 ? SECOND : Duration.ofSeconds(grace.toSeconds());
    }

    /** From this moment on what an engine can finish in {@code use} after its signal is all that there is time for. */
    public Instant coveredFrom(Duration use) {
        return deadline.minus(margin).minus(use);
    }

    /** Whether an engine that drains for {@code use} after its signal covers all the time that is left. */
    public boolean covered(Duration use, Instant now) {
        return !use.isZero() && use.compareTo(Duration.between(now, deadline.minus(margin))) >= 0;
    }
}
