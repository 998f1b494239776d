package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.run.DrainPorts;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.drain.run.NodeWriter;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.metrics.DrainMeters;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.serving.ServingPods;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;

/**
 * Turns what the ledger says into drains: one at a time, taken over or cancelled while it runs, taken up again after a
 * restart. The cordon does not queue behind anything: a drain starts on its own thread the moment its notice arrives.
 */
@ApplicationScoped
public class DrainPipeline {
    private static final Logger LOG = Logger.getLogger(DrainPipeline.class);
    private static final Duration GAUGE_EVERY = Duration.ofMillis(500);

    /** Kinds that may mark the node at risk; the mark goes with the last of them. */
    private static final Set<NoticeKind> HINTS = Set.of(NoticeKind.REBALANCE, NoticeKind.FREEZE, NoticeKind.GPU);

    private final AgentConfig config;
    private final NodeGateway node;
    private final PodGateway pods;
    private final ServingPods serving;
    private final NodeMarks marks;
    private final InstantSource clock;
    private final DrainMeters meters;
    private final NoticePolling notices;
    private final ServingCensus census;
    private final Emitter<DrainEvent> events;

    private final AtomicReference<Optional<DrainRun>> run = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Optional<Thread>> running = new AtomicReference<>(Optional.empty());
    private final ExecutorService inOrder = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("notice-changes").factory());

    DrainPipeline(
            AgentConfig config,
            NodeGateway node,
            PodGateway pods,
            ServingPods serving,
            NodeMarks marks,
            InstantSource clock,
            DrainMeters meters,
            NoticePolling notices,
            ServingCensus census,
            @Channel("drain-events") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) Emitter<DrainEvent> events) {
        this.config = config;
        this.node = node;
        this.pods = pods;
        this.serving = serving;
        this.marks = marks;
        this.clock = clock;
        this.meters = meters;
        this.notices = notices;
        this.census = census;
        this.events = events;
    }

    @Incoming("interruption-notices")
    void hear(NoticeChange change) {
        if (!config.kubernetes().enabled()) {
            LOG.warnf("%s: there is no API server to drain with (lastcall.kubernetes.enabled=false)", change);
            return;
        }
        switch (change) {
            case NoticeChange.Began began -> begin(began.notice(), Optional.empty());
            case NoticeChange.TookOver took -> later(() -> takeOver(took.notice(), false));
            case NoticeChange.Cancelled cancelled -> later(() -> cancel(cancelled.notice(), cancelled.reason()));
            case NoticeChange.AtRisk risk -> later(() -> atRisk(risk.notice()));
            case NoticeChange.Ended ended -> later(() -> over(ended.notice(), ended.reason()));
        }
    }

    /** Takes up the drain that an earlier life of the agent began. */
    void resume(DrainRecord record) {
        begin(record.notice(), Optional.of(record));
    }

    /** The drain that runs, or ran last. */
    Optional<DrainRun> current() {
        return run.get();
    }

    /** Whether a drain is under way right now. */
    boolean draining() {
        return running.get().filter(Thread::isAlive).isPresent();
    }

    private synchronized void begin(Notice notice, Optional<DrainRecord> resumed) {
        if (draining()) {
            later(() -> takeOver(notice, true));
            return;
        }
        DrainPorts ports = new DrainPorts(node, pods, serving, marks, Waiting.on(clock), this::tell);
        DrainRun next =
                resumed.map(record -> DrainRun.resume(record, ports)).orElseGet(() -> DrainRun.begin(notice, ports));
        Thread thread = Thread.ofVirtual().name("drain").unstarted(() -> drain(next));
        run.set(Optional.of(next));
        running.set(Optional.of(thread));
        thread.start();
        var _ = Thread.ofVirtual().name("drain-gauges").start(() -> follow(next, thread));
    }

    private void drain(DrainRun drain) {
        try {
            drain.run();
        } catch (RuntimeException bug) {
            LOG.error("the drain of " + drain.notice().id() + " ended by a defect", bug);
        } finally {
            notices.drained(drain.notice().id());
        }
    }

    private void follow(DrainRun drain, Thread thread) {
        try {
            census.doomed(drain.notice());
            do {
                meters.running(drain.status());
                census.count(drain.status());
            } while (!thread.join(GAUGE_EVERY));
            meters.running(java.util.List.of());
            census.count(drain.status());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** @param needsDrain the ledger counts on a drain for this notice; else a finished one has done its part already */
    private void takeOver(Notice notice, boolean needsDrain) throws InterruptedException {
        Optional<DrainRun> now = run.get().filter(_ -> draining());
        if (now.isPresent() && now.get().takeOver(notice)) {
            census.doomed(notice);
            return;
        }
        boolean emptied = now.or(run::get)
                .filter(drain ->
                        drain.report().isPresent() && drain.report().get().emptied())
                .isPresent();
        if (!needsDrain && emptied) {
            return;
        }
        // What runs is a rehearsal, was taken back or has just ended: this notice gets a drain of its own after it.
        Optional<Thread> before = running.get();
        if (before.isPresent()) {
            before.get().join();
        }
        begin(notice, Optional.empty());
    }

    private void cancel(Notice notice, String reason) throws InterruptedException {
        Optional<DrainRun> now =
                run.get().filter(drain -> draining() && drain.notice().id().equals(notice.id()));
        if (now.isPresent()) {
            now.get().cancel(reason);
        } else {
            if (notices.active().stream().noneMatch(other -> HINTS.contains(other.kind()))) {
                write(view -> marks.atRisk(view, Optional.empty()));
            }
            tell(new DrainEvent.Cancelled(notice, reason));
        }
        census.safe();
    }

    private void atRisk(Notice notice) throws InterruptedException {
        if (!config.dryRun() && !notice.dryRun()) {
            write(view -> marks.atRisk(view, Optional.of(notice.noticedAt())));
        }
        if (notice.kind() != NoticeKind.GPU) { // one GPU that wants a reset does not take the node with it
            census.doomed(notice);
        }
        tell(new DrainEvent.AtRisk(notice));
    }

    /** The interruption is behind the node and it still stands: give back what was ours. */
    private void over(Notice notice, String reason) throws InterruptedException {
        census.safe();
        Optional<DrainRecord> record = node.latest().flatMap(view -> DrainRecords.read(view.annotations()));
        if (record.isEmpty() || config.dryRun() || draining()) {
            return;
        }
        LOG.infof("%s is over (%s): the node takes pods again", notice.id(), reason);
        write(view -> marks.release(view, record.get()));
    }

    private void write(Function<NodeView, NodePatch> patch) throws InterruptedException {
        var _ = new NodeWriter(node, Waiting.on(clock))
                .write(
                        patch,
                        clock.instant().plusSeconds(10),
                        () -> false,
                        reason -> LOG.warnf("the node: %s", reason));
    }

    private void tell(DrainEvent event) {
        var _ = events.send(event);
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

    /** SIGTERM during a drain: go on until it is over; the kubelet's grace period is the outer bound. */
    void stop(@Observes @Priority(100) ShutdownEvent event) throws InterruptedException {
        Optional<Thread> thread = running.get().filter(Thread::isAlive);
        Optional<DrainRun> drain = run.get();
        if (thread.isPresent() && drain.isPresent()) {
            LOG.info("a drain is under way: going on with it before the end");
            Duration left = Duration.between(clock.instant(), drain.get().end()).plusSeconds(2);
            if (left.isPositive()) {
                var _ = thread.get().join(left);
            }
        }
        inOrder.shutdownNow();
    }
}
