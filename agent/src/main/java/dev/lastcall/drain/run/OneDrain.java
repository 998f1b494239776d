package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.run.Interruptions.Order;
import dev.lastcall.drain.run.Interruptions.Run;
import dev.lastcall.drain.run.Interruptions.Situation;
import dev.lastcall.drain.run.Interruptions.Wanted;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * The one drain of this node, from the first notice to the last mark given back. {@link Interruptions} decides, this carries
 * out: it begins drains, one at a time, lets another notice take over the one under way, takes it back, takes it up after a
 * restart. The cordon queues behind nothing: a drain starts on its own thread the moment its notice is received.
 */
public final class OneDrain {
    private static final Logger LOG = Logger.getLogger(OneDrain.class);
    private static final Duration GAUGES_EVERY = Duration.ofMillis(500);
    private static final Duration LAST_LOOK = Duration.ofSeconds(2);

    /** The drain that runs, or ran last; {@code ids} grows with each take-over. */
    private record Current(DrainRun run, Thread thread, Set<String> ids) {
        /** About to start counts: what is decided in between must see it. */
        boolean underWay() {
            return thread.getState() != Thread.State.TERMINATED;
        }
    }

    private final DrainPorts ports;
    private final Announcements announced;
    private final Runnable gauges;
    private final GiveBack giveBack;
    private final Set<String> hinted = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Optional<Current>> current = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Optional<Thread>> givingBack = new AtomicReference<>(Optional.empty());
    private final ExecutorService inOrder = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("drain-orders").factory());

    /** @param gauges called every now and then while a drain is under way, and once after it */
    public OneDrain(DrainPorts ports, Announcements announced, Runnable gauges) {
        this.ports = ports;
        this.announced = announced;
        this.gauges = gauges;
        this.giveBack = new GiveBack(
                ports.node(),
                ports.pods(),
                ports.serving(),
                ports.marks(),
                ports.waiting()::now,
                this::wanted,
                () -> current().map(DrainRun::record),
                ports.out());
    }

    /** The ledger has changed. */
    public void hear(NoticeChange change) {
        if (change instanceof NoticeChange.AtRisk risk) {
            hinted.add(risk.notice().id());
        }
        if (change instanceof NoticeChange.Began
                && Interruptions.on(change, situation()) instanceof Order.Begin begin) {
            begin(begin.notice(), Optional.empty());
        } else {
            later(() -> carryOut(Interruptions.on(change, situation()), change));
        }
    }

    /** The first sight of the Node, once the ledger knows what it says. */
    public void firstSight() {
        if (Interruptions.atFirstSight(situation(), ports.waiting().now()) instanceof Order.Resume resume) {
            begin(resume.record().notice(), Optional.of(resume.record()));
        }
        givingBack.set(Optional.of(Thread.ofVirtual().name("giving-back").start(giveBack)));
    }

    /** The Node has changed. */
    public void nodeChanged() {
        if (Interruptions.onNode(situation()) instanceof Order.Rebooted) {
            rebooted();
        }
        changed();
    }

    /** The pods, or what is known of the interruption, have changed. */
    public void changed() {
        current().ifPresent(DrainRun::changed);
        giveBack.look();
    }

    /** The drain that runs, or ran last. */
    public Optional<DrainRun> current() {
        return current.get().map(Current::run);
    }

    /** Whether a drain is under way right now. */
    public boolean underWay() {
        return current.get().filter(Current::underWay).isPresent();
    }

    /** What has to be true right now. */
    public Wanted wanted() {
        return Interruptions.wanted(situation());
    }

    private Situation situation() {
        Optional<NodeView> view = ports.node().latest();
        var active = announced.active();
        return new Situation(
                current.get().map(this::seen),
                view.flatMap(ports.marks()::record),
                view.map(NodeView::bootId).orElse(null),
                announced.held(),
                active.stream().filter(notice -> hinted.contains(notice.id())).toList(),
                announced.heard(),
                ports.marks().settings().dryRun());
    }

    private Run seen(Current now) {
        DrainRecord record = now.run().record();
        return new Run(
                now.run().notice(),
                Set.copyOf(now.ids()),
                record.phase(),
                record.bootId(),
                now.underWay(),
                ports.marks().settings().dryRun() || now.run().notice().dryRun());
    }

    private synchronized void begin(Notice notice, Optional<DrainRecord> resumed) {
        if (underWay()) {
            later(() -> takeOver(new NoticeChange.Began(notice)));
            return;
        }
        DrainRun run =
                resumed.map(record -> DrainRun.resume(record, ports)).orElseGet(() -> DrainRun.begin(notice, ports));
        Set<String> ids = ConcurrentHashMap.newKeySet();
        ids.add(notice.id());
        Thread thread = Thread.ofVirtual().name("drain").unstarted(() -> drain(run, ids));
        current.set(Optional.of(new Current(run, thread, ids)));
        thread.start();
        var _ = Thread.ofVirtual().name("drain-gauges").start(() -> follow(thread));
    }

    private void drain(DrainRun run, Set<String> ids) {
        try {
            run.run();
        } catch (RuntimeException defect) {
            LOG.error("the drain of " + run.notice().id() + " ended by a defect", defect);
        } finally {
            ids.forEach(announced::drained);
        }
    }

    private void follow(Thread drain) {
        try {
            do {
                gauges.run();
            } while (!drain.join(GAUGES_EVERY));
            giveBack.look();
            gauges.run();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void carryOut(Order order, NoticeChange change) throws InterruptedException {
        switch (order) {
            case Order.Begin begin -> begin(begin.notice(), Optional.empty());
            case Order.Resume resume -> begin(resume.record().notice(), Optional.of(resume.record()));
            case Order.TakeOver _ -> takeOver(change);
            case Order.TakeBack back -> takeBack(back.reason());
            case Order.Rebooted _ -> rebooted();
            case Order.TellHint hint -> ports.out().accept(new DrainEvent.AtRisk(hint.notice()));
            case Order.TellHintGone gone -> ports.out().accept(new DrainEvent.HintGone(gone.notice(), gone.reason()));
            case Order.Nothing _ -> {}
        }
        giveBack.look();
        gauges.run();
    }

    private void takeBack(String reason) {
        current.get().filter(Current::underWay).ifPresent(now -> now.run().cancel(reason));
    }

    private void rebooted() {
        announced.rebooted();
        takeBack("the node was rebooted");
    }

    private void takeOver(NoticeChange change) throws InterruptedException {
        Optional<Current> now = current.get();
        if (now.isEmpty()) {
            return;
        }
        if (now.get().underWay() && now.get().run().takeOver(change.notice())) {
            now.get().ids().add(change.notice().id());
            return;
        }
        // What runs is a dry run, was taken back or has just ended: what the notice needs is asked again after it.
        now.get().thread().join();
        carryOut(Interruptions.on(change, situation()), change);
    }

    private interface Step {
        void take() throws InterruptedException;
    }

    private void later(Step step) {
        inOrder.execute(() -> {
            try {
                step.take();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** SIGTERM: goes on with a drain until it is over; the kubelet's grace period is the outer bound. */
    public void stop() throws InterruptedException {
        Optional<Current> now = current.get();
        if (Interruptions.outlivesSigterm(situation()) && now.isPresent()) {
            LOG.info("a drain is under way: going on with it before the end");
            Duration left = Duration.between(
                            ports.waiting().now(), now.get().run().end())
                    .plusSeconds(2);
            if (left.isPositive()) {
                var _ = now.get().thread().join(left);
            }
        }
        inOrder.shutdownNow();
        Optional<Thread> loop = givingBack.get();
        if (loop.isPresent()) {
            loop.get().interrupt();
            if (loop.get().join(LAST_LOOK)) {
                var _ = giveBack.once(); // a game day that has just ended is given back by this life of the agent
            }
        }
    }
}
