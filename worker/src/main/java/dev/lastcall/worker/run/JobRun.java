package dev.lastcall.worker.run;

import dev.lastcall.worker.engine.Answer;
import dev.lastcall.worker.engine.EngineCall;
import dev.lastcall.worker.engine.Progress;
import dev.lastcall.worker.job.Job;
import dev.lastcall.worker.job.Malformed;
import dev.lastcall.worker.metrics.WorkerMeters.Ended;
import dev.lastcall.worker.queue.Claim;
import dev.lastcall.worker.queue.Kept;
import dev.lastcall.worker.queue.RedisFault;
import dev.lastcall.worker.queue.RedisFault.Kind;
import dev.lastcall.worker.queue.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One claimed job, from the engine's answer to what stands in Redis in the end. Runs on a thread of its own. */
final class JobRun implements Runnable {

    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long LAST_RETRY_MILLIS = 2000;

    private final Claim claim;
    private final Workplace place;
    private final BooleanSupplier abandoned;
    private final long claimedAtNanos = System.nanoTime();
    private volatile @Nullable EngineCall call;
    private volatile long endsAtNanos = Long.MAX_VALUE;
    private volatile boolean late;
    private volatile boolean lost;
    private volatile boolean givenBack;

    /** @param abandoned whether to stop trying: the process ends, and the lease will lapse */
    JobRun(Claim claim, Workplace place, BooleanSupplier abandoned) {
        this.claim = claim;
        this.place = place;
        this.abandoned = abandoned;
    }

    Claim claim() {
        return claim;
    }

    @Override
    public void run() {
        try {
            switch (place.reader().read(claim.id(), claim.text())) {
                case Malformed malformed -> bury("malformed", malformed.reason(), claim.failures());
                case Job job -> answer(job);
            }
        } catch (RedisFault e) {
            place.log().warnf("job %s is left to its lease: %s", claim.id(), e.getMessage());
        }
    }

    /** For others: looks at the clock. */
    void tick(Duration longestSilence) {
        EngineCall running = call;
        if (running == null) {
            return;
        }
        if (System.nanoTime() - endsAtNanos >= 0) {
            late = true;
            running.abort();
        } else if (running.silence().compareTo(longestSilence) >= 0) {
            running.fallenSilent();
        }
    }

    /** For others: the lease is somebody else's, nothing that comes now may be written. */
    void lose() {
        lost = true;
        abort();
    }

    /** For others: back to the queue with it. */
    void giveBack() {
        givenBack = true;
        abort();
    }

    /** Whether the answer can be there in this time, as far as anybody can tell. */
    boolean fits(Duration time) {
        EngineCall running = call;
        double left = running == null ? Double.NaN : running.secondsLeft();
        return Double.isNaN(left) || left <= time.toMillis() / 1000.0;
    }

    private void abort() {
        EngineCall running = call;
        if (running != null) {
            running.abort();
        }
    }

    private void answer(Job job) {
        Instant deadline = job.deadline();
        if (deadline != null) {
            Duration left = Duration.between(claim.at(), deadline);
            if (left.isNegative() || left.isZero()) {
                finish(place.endings().deadline(job, claim.failures()), Ended.DEADLINE);
                return;
            }
            // Far enough that a sum can't overflow.
            endsAtNanos = claimedAtNanos + Math.min(left.getSeconds(), 100_000_000L) * 1_000_000_000L + left.getNano();
        }
        EngineCall running = place.engine().call(job, claim.partial(), claim.prompt());
        call = running;
        if (givenBack || lost) {
            running.abort();
        }
        Answer answer = running.run(progress(running));
        place.meters().answered(answer);
        settle(job, running, answer);
    }

    private void settle(Job job, EngineCall running, Answer answer) {
        if (lost) {
            place.meters().ended(Ended.LOST_LEASE);
            place.meters().recomputed(running.unkeptTokens());
            return;
        }
        place.meters().resumed(running.resumedTokens());
        if (late && !(answer instanceof Answer.Complete)) {
            finish(place.endings().deadline(job, claim.failures() + 1), Ended.DEADLINE);
            return;
        }
        Verdict verdict = Verdict.of(answer, claim.failures(), place.config().maxAttempts());
        switch (verdict) {
            case Verdict.Done done -> {
                place.throttle().answered();
                finish(place.endings().ok(job, done.body(), claim.failures() + 1), Ended.OK);
            }
            case Verdict.Dead dead -> bury(dead.status(), dead.reason(), claim.failures() + 1);
            case Verdict.Again again -> {
                place.log()
                        .infof(
                                "job %s: attempt %d failed, again in %s s: %s",
                                claim.id(), claim.failures() + 1, again.delay().toSeconds(), again.why());
                postpone(running, again.delay(), true);
            }
            case Verdict.NoRoom noRoom -> postpone(running, place.throttle().noRoom(noRoom.retryAfter()), false);
            case Verdict.GiveBack giveBack -> {
                if (giveBack.why() != null) {
                    place.throttle().unanswered();
                    place.said().engineSilent(giveBack.why());
                }
                release(running);
            }
        }
    }

    private Progress progress(EngineCall running) {
        return new Progress() {
            @Override
            public void checkpoint(String partial, String prompt) {
                try {
                    if (!place.contact().ask(() -> place.queue().checkpoint(claim, new Kept(partial, prompt)))) {
                        lose();
                    }
                } catch (RedisFault e) {
                    // The next one stores this one's tokens too; the prompt's ids go again with the end.
                    place.log().debugf("no checkpoint of %s: %s", claim.id(), e.getMessage());
                }
            }

            @Override
            public void generated(int tokens) {
                place.meters().generated(tokens);
            }
        };
    }

    private void finish(String result, Ended ended) {
        boolean[] asked = {false};
        Written written = persist(() -> {
            boolean again = asked[0];
            asked[0] = true;
            Written outcome = place.queue().ack(claim, result);
            // An answer that got lost on its way: what stands there is ours.
            return outcome == Written.THERE_ALREADY && again ? Written.WRITTEN : outcome;
        });
        count(written == Written.WRITTEN, ended);
    }

    private void bury(String status, String reason, int attempts) {
        String letter = place.endings().dead(claim.id(), reason, status, claim.text(), attempts);
        place.log().warnf("job %s is dead (%s): %s", claim.id(), status, reason);
        count(persist(() -> place.queue().bury(claim, letter)), Ended.FAILED);
    }

    private void release(EngineCall running) {
        Kept kept = kept(running);
        if (persist(() -> place.queue().release(claim, kept))) {
            place.meters().ended(Ended.RELEASED);
        } else {
            place.meters().ended(Ended.LOST_LEASE);
        }
    }

    private void postpone(EngineCall running, Duration delay, boolean counted) {
        Kept kept = kept(running);
        if (!persist(() -> place.queue().postpone(claim, kept, delay, counted))) {
            place.meters().ended(Ended.LOST_LEASE);
        }
    }

    /** Stores what came since the last checkpoint too: what is given back in order costs nothing. */
    private Kept kept(EngineCall running) {
        place.meters().recomputed(running.unkeptTokens());
        String partial = running.partial();
        if (partial.isEmpty()) {
            return running.startedOver() ? Kept.NOTHING : Kept.AS_IT_IS;
        }
        return new Kept(partial, running.prompt());
    }

    private void count(boolean written, Ended ended) {
        place.meters().ended(written ? ended : Ended.LOST_LEASE);
        if (written) {
            place.meters().jobTook(System.nanoTime() - claimedAtNanos);
        }
    }

    /** Tries until Redis has it: what was generated is too dear to be thrown away for a restart of Redis. */
    private <T> T persist(Supplier<T> step) {
        long wait = FIRST_RETRY_MILLIS;
        while (true) {
            try {
                return place.contact().ask(step);
            } catch (RedisFault e) {
                if (e.kind() == Kind.OTHER || abandoned.getAsBoolean() || lost) {
                    throw e;
                }
                try {
                    Thread.sleep(wait);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
                wait = Math.min(LAST_RETRY_MILLIS, wait * 2);
            }
        }
    }
}
