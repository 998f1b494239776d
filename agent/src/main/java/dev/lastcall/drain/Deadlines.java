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
     * allowed: D − S − finishTime, but never before half of the notice's time.
     *
     * @param finishTime what the pod still needs after its termination signal
     */
    public Instant forcePoint(Duration finishTime) {
        Instant point = deadline.minus(margin).minus(finishTime);
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
     * @param finishTime what it can finish after its signal
     * @param own the pod's own grace
     * @param waitsForIdle false where no time is left at all: it is told to go now
     */
    public Instant worksUntil(Duration finishTime, Duration own, boolean waitsForIdle, Instant now) {
        Instant held = now;
        if (waitsForIdle) {
            // An engine whose own drain covers all that is left is told to go at once, whatever its force point is.
            Instant point = finishTime.isZero() ? forcePoint(finishTime) : outlastsDeadlineFrom(finishTime);
            held = point.isBefore(now) ? now : point;
        }
        Duration grace = grace(own, held);
        return held.plus(finishTime.compareTo(grace) < 0 ? finishTime : grace);
    }

    /** min(own grace, D − 1 s − now), never under a second: zero would remove the object while containers run. */
    public Duration grace(Duration own, Instant now) {
        Duration left = Duration.between(now, deadline.minus(SECOND));
        Duration grace = own.compareTo(left) < 0 ? own : left;
        return grace.compareTo(SECOND) < 0 ? SECOND : Duration.ofSeconds(grace.toSeconds());
    }

    /** From this moment on what an engine can finish in {@code finishTime} after its signal is all that there is time for. */
    public Instant outlastsDeadlineFrom(Duration finishTime) {
        return deadline.minus(margin).minus(finishTime);
    }

    /** Whether an engine that drains for {@code finishTime} after its signal covers all the time that is left. */
    public boolean engineOutlastsDeadline(Duration finishTime, Instant now) {
        return !finishTime.isZero() && finishTime.compareTo(Duration.between(now, deadline.minus(margin))) >= 0;
    }
}
