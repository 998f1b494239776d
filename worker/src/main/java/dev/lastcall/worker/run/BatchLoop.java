package dev.lastcall.worker.run;

import dev.lastcall.worker.queue.Claim;
import dev.lastcall.worker.queue.JobQueue;
import dev.lastcall.worker.queue.QueueState;
import dev.lastcall.worker.queue.RedisFault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Claims jobs while there is room, keeps their leases, and ends in order. */
public final class BatchLoop {

    private static final int MOST_PER_CLAIM = 16;
    private static final long POLL_MILLIS = 200;
    private static final long TICK_MILLIS = 100;
    private static final long STATE_NANOS = Duration.ofSeconds(1).toNanos();
    /** Of the two seconds after DRAIN_SECONDS: for giving back what is left. */
    private static final Duration GIVING_BACK = Duration.ofMillis(1500);

    private final Workplace place;
    private final String name;
    private final Map<String, JobRun> running = new ConcurrentHashMap<>();
    private final Semaphore wake = new Semaphore(0);
    private final Idle idle;
    private volatile boolean stopping;
    private volatile boolean over;
    private long claims;
    private volatile long stateAt;

    /** @param name tells this process' leases from all others' */
    BatchLoop(Workplace place, String name) {
        this.place = place;
        this.name = name;
        this.idle = new Idle(place.config().idle(), place.config().lease());
        this.stateAt = System.nanoTime() - STATE_NANOS;
    }

    /** From another thread: no more claims, finish what can be finished. */
    public void stop() {
        stopping = true;
        wake.release();
    }

    /** Whether it still takes jobs, for the readiness check. */
    public boolean working() {
        return !stopping && !over;
    }

    public RedisContact contact() {
        return place.contact();
    }

    /** Works until there is a reason to end. */
    public Ending run() {
        place.log().infof("working on %s", place.config());
        place.meters().watch(running::size);
        Thread keeper = Thread.ofPlatform().daemon().name("leases").start(this::keepLeases);
        Thread ticker = Thread.ofPlatform().daemon().name("ticker").start(this::tick);
        try {
            Ending ending = work();
            place.log().infof("ending: %s", ending);
            return ending;
        } finally {
            over = true;
            keeper.interrupt();
            ticker.interrupt();
        }
    }

    private Ending work() {
        while (true) {
            if (stopping) {
                drain();
                return Ending.ASKED_TO;
            }
            if (place.contact().neverLetIn()) {
                return Ending.NOT_LET_IN;
            }
            if (place.contact().lost()) {
                return Ending.REDIS_LOST;
            }
            boolean found = claim();
            if (!found) {
                if (System.nanoTime() - stateAt >= STATE_NANOS) {
                    QueueState state = state();
                    if (state != null && idle.over(state, !running.isEmpty())) {
                        return Ending.QUEUE_EMPTY;
                    }
                }
                pause(place.contact().fault() == null ? POLL_MILLIS : 5 * POLL_MILLIS);
            }
        }
    }

    /** Returns whether there may be more at once. */
    private boolean claim() {
        int free = place.throttle().limit() - running.size();
        if (free <= 0) {
            return false;
        }
        int wanted = Math.min(free, MOST_PER_CLAIM);
        long began = System.nanoTime();
        try {
            String token = name + "." + ++claims;
            JobQueue.Claims taken = place.contact()
                    .ask(() -> place.queue().claim(wanted, place.config().lease(), token));
            place.meters().claimTook(System.nanoTime() - began);
            if (taken.dropped() > 0) {
                place.log().infof("%d jobs were in the queue twice; each is done once", taken.dropped());
            }
            taken.jobs().forEach(this::start);
            return taken.jobs().size() == wanted;
        } catch (RedisFault e) {
            return false;
        }
    }

    private void start(Claim claim) {
        JobRun job = new JobRun(claim, place, () -> over);
        running.put(claim.token(), job);
        Thread.ofVirtual().name("job " + claim.id()).start(() -> {
            try {
                job.run();
            } catch (RuntimeException e) {
                // Its lease lapses, so that it is tried again.
                place.log().errorf(e, "job %s ended by a fault of this program", claim.id());
            } finally {
                running.remove(claim.token());
                wake.release();
            }
        });
    }

    private void drain() {
        long end = System.nanoTime() + place.config().drain().toNanos();
        place.log()
                .infof(
                        "asked to end with %d jobs in flight: finishing what fits in %d s",
                        running.size(), place.config().drain().toSeconds());
        while (!running.isEmpty() && System.nanoTime() - end < 0) {
            Duration left = Duration.ofNanos(end - System.nanoTime());
            running.values().stream().filter(job -> !job.fits(left)).forEach(JobRun::giveBack);
            pause(TICK_MILLIS);
        }
        running.values().forEach(JobRun::giveBack);
        long last = System.nanoTime() + GIVING_BACK.toNanos();
        while (!running.isEmpty() && System.nanoTime() - last < 0) {
            pause(TICK_MILLIS);
        }
    }

    private void keepLeases() {
        long wait = Math.max(100, place.config().lease().toMillis() / 3);
        while (!over && sleep(wait)) {
            List<JobRun> jobs = List.copyOf(running.values());
            try {
                List<String> lost = place.contact()
                        .ask(() -> place.queue()
                                .renew(
                                        jobs.stream().map(JobRun::claim).toList(),
                                        place.config().lease()));
                jobs.stream()
                        .filter(job -> lost.contains(job.claim().token())
                                && running.containsKey(job.claim().token()))
                        .forEach(JobRun::lose);
                wait = Math.max(100, place.config().lease().toMillis() / 3);
            } catch (RedisFault e) {
                wait = Math.min(wait, 1000);
            }
        }
    }

    private void tick() {
        while (!over && sleep(TICK_MILLIS)) {
            running.values().forEach(job -> job.tick(place.config().silence()));
            if (System.nanoTime() - stateAt >= 3 * STATE_NANOS) {
                state();
            }
        }
    }

    private synchronized @Nullable QueueState state() {
        stateAt = System.nanoTime();
        try {
            QueueState state = place.contact().ask(place.queue()::state);
            place.meters().queue(state);
            return state;
        } catch (RedisFault e) {
            place.meters().queue(null);
            return null;
        }
    }

    private void pause(long millis) {
        try {
            if (wake.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                wake.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopping = true;
        }
    }

    private static boolean sleep(long millis) {
        try {
            Thread.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
