package dev.lastcall.support.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Sends the requests of a plan to one address, and keeps the truth about each. Close it to end what is still open. */
public final class LoadClient implements AutoCloseable {

    private final InetSocketAddress target;
    private final LoadPlan plan;
    private final InstantSource clock;
    private final AtomicInteger numbers = new AtomicInteger();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Set<CompletionCall> open = ConcurrentHashMap.newKeySet();
    private final List<RequestRecord> ended = new ArrayList<>();
    private final long lastArrivalNanos;
    /** A party for each sender and each open request. */
    private final Phaser working = new Phaser(1);

    private LoadClient(InetSocketAddress target, LoadPlan plan, InstantSource clock) {
        this.target = target;
        this.plan = plan;
        this.clock = clock;
        this.lastArrivalNanos = System.nanoTime() + plan.newRequestsFor().toNanos();
    }

    public static LoadClient start(InetSocketAddress target, LoadPlan plan) {
        LoadClient client = new LoadClient(target, plan, InstantSource.system());
        switch (plan.arrivals()) {
            case LoadPlan.Arrivals.Rate rate -> client.sender(() -> client.sendAtRate(rate.perSecond()));
            case LoadPlan.Arrivals.Concurrency concurrency -> {
                for (int i = 0; i < concurrency.requests(); i++) {
                    client.sender(client::sendOneAfterAnother);
                }
            }
        }
        return client;
    }

    public int inFlight() {
        return open.size();
    }

    /** No new requests; those under way go on. */
    public void stopArrivals() {
        stopped.countDown();
    }

    /** Waits until the plan is through and every request has ended. */
    public Tally await(Duration atMost) throws InterruptedException, TimeoutException {
        int phase = working.arriveAndDeregister();
        working.awaitAdvanceInterruptibly(phase, atMost.toMillis(), TimeUnit.MILLISECONDS);
        return tally();
    }

    /** What is known now; open requests count as in flight and as nothing else. */
    public Tally tally() {
        synchronized (ended) {
            List<RequestRecord> unfinished =
                    open.stream().map(call -> call.soFar(Instant.MAX)).toList();
            return new Tally(ended, unfinished);
        }
    }

    /** Ends the run: what is still open is cut. */
    @Override
    public void close() {
        stopArrivals();
        open.forEach(CompletionCall::end);
    }

    private void sender(Runnable body) {
        working.register();
        Thread.ofVirtual().start(() -> {
            try {
                body.run();
            } finally {
                working.arriveAndDeregister();
            }
        });
    }

    private void sendAtRate(double perSecond) {
        long gap = (long) (1e9 / perSecond);
        long next = System.nanoTime();
        while (mayArrive()) {
            int number = numbers.incrementAndGet();
            if (number > plan.atMost()) {
                return;
            }
            sender(() -> send(number));
            next += gap;
            pauseUntil(next);
        }
    }

    private void sendOneAfterAnother() {
        while (mayArrive()) {
            int number = numbers.incrementAndGet();
            if (number > plan.atMost()) {
                return;
            }
            RequestRecord record = send(number);
            if (record.outcome() instanceof Outcome.Rejected) {
                // As a client that backs off a little; without it a refused request becomes a busy loop.
                pauseUntil(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }

    private boolean mayArrive() {
        return stopped.getCount() > 0 && System.nanoTime() - lastArrivalNanos < 0;
    }

    private RequestRecord send(int number) {
        CompletionCall call = new CompletionCall(number, target, plan, clock);
        open.add(call);
        RequestRecord record = call.run();
        synchronized (ended) {
            open.remove(call);
            ended.add(record);
        }
        return record;
    }

    private void pauseUntil(long nanos) {
        while (stopped.getCount() > 0 && nanos - System.nanoTime() > 0) {
            LockSupport.parkNanos(Math.min(nanos - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(100)));
        }
    }
}
