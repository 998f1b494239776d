package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.OnHint;
import dev.lastcall.drain.run.Announcements;
import dev.lastcall.metrics.NoticeMeters;
import dev.lastcall.notice.LedgerRules;
import dev.lastcall.notice.NodeFacts;
import dev.lastcall.notice.NodeSigns;
import dev.lastcall.notice.Notice;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.SourceStates;
import dev.lastcall.notice.watch.NoticeWatch;
import dev.lastcall.notice.watch.Ticks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;

/**
 * Reads every notice source from start to stop and puts what the ledger makes of it on {@code interruption-notices}.
 * The buffer there has no bound, because no change may be lost and there are never more than a handful. A source that
 * goes blind is fired as a CDI event of its {@link SourceHealth}, asynchronously.
 */
@ApplicationScoped
public class NoticePolling implements Announcements {

    private static final Duration TICK = Duration.ofSeconds(1);

    private static final Logger LOG = Logger.getLogger(NoticePolling.class);

    private final AgentConfig config;
    private final InstantSource clock;
    private final NodeFacts.Provider node;
    private final NoticeWatch watch;

    NoticePolling(
            AgentConfig config,
            InstantSource clock,
            NodeFacts.Provider node,
            NoticeMeters meters,
            SourceStates states,
            Event<SourceHealth> blind,
            @Channel("interruption-notices") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER)
                    Emitter<NoticeChange> changes) {
        this.config = config;
        this.clock = clock;
        this.node = node;
        AgentConfig.NoticeConfig notice = config.notice();
        this.watch = new NoticeWatch(
                new LedgerRules(notice.maintenanceLead(), notice.aws().rebalance() == OnHint.DRAIN),
                notice.blindAfter(),
                clock,
                Ticks.every(TICK),
                meters,
                states,
                new NoticeWatch.Outlet(changes::send, blind::fireAsync));
    }

    void start(@Observes StartupEvent event) {
        node.facts().whenComplete((facts, failure) -> {
            if (facts != null) {
                watch.start(
                        facts,
                        NoticeSourceBeans.of(config.notice(), facts, clock),
                        new SplittableRandom(System.nanoTime()));
            } else {
                LOG.errorf(failure, "the own Node is unknown: no notice source is read");
            }
        });
    }

    void stop(@Observes ShutdownEvent event) {
        watch.close();
    }

    /** The own Node as the watch gives it: node marks and the simulate annotation are read from here. */
    public void nodeChanged(NodeSigns signs) {
        watch.nodeChanged(signs);
    }

    /** A reading of a source that another part keeps, such as the GPUs' recovery action ({@link SourceId#GPU}). */
    public void offer(SourceId source, Observation observation) {
        watch.offer(source, observation);
    }

    @Override
    public Optional<Notice> held() {
        return watch.held();
    }

    @Override
    public boolean heard() {
        return watch.heard();
    }

    @Override
    public void rebooted() {
        watch.rebooted();
    }

    /** The drain under this id has ended, however it ended; its notice, if withdrawn later, cancels nothing. */
    @Override
    public void drained(String id) {
        watch.drained(id);
    }

    @Override
    public List<Notice> active() {
        return watch.active();
    }
}
