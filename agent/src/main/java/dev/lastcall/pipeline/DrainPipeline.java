package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainStatus;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodStatus;
import dev.lastcall.drain.run.DrainPorts;
import dev.lastcall.drain.run.DrainRun;
import dev.lastcall.drain.run.OneDrain;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.metrics.AtMostEvery;
import dev.lastcall.metrics.DrainMeters;
import dev.lastcall.notice.NoticeChange;
import dev.lastcall.serving.ServingCensus;
import dev.lastcall.serving.ServingPods;
import dev.lastcall.web.InFlightHistory;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;

/** The channels around {@link OneDrain}: what the ledger says goes in, what happens in a drain comes out. */
@ApplicationScoped
public class DrainPipeline {
    private static final Logger LOG = Logger.getLogger(DrainPipeline.class);

    private final AgentConfig config;
    private final DrainMeters meters;
    private final ServingCensus census;
    private final InFlightHistory history;
    private final InstantSource clock;
    private final OneDrain drain;
    /** At a notice a full node's pods change a hundred times a second, and each look at them is one at all of them. */
    private final AtMostEvery gauges = new AtMostEvery(Duration.ofMillis(100), this::showGauges);

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
            InFlightHistory history,
            @Channel("drain-events") @OnOverflow(OnOverflow.Strategy.UNBOUNDED_BUFFER) Emitter<DrainEvent> events) {
        this.config = config;
        this.meters = meters;
        this.census = census;
        this.history = history;
        this.clock = clock;
        this.drain = new OneDrain(
                new DrainPorts(node, pods, serving, marks, Waiting.on(clock), events::send),
                notices,
                () -> gauges.soon());
    }

    @Incoming("interruption-notices")
    void hear(NoticeChange change) {
        if (!config.kubernetes().enabled()) {
            LOG.warnf("%s: there is no API server to drain with (lastcall.kubernetes.enabled=false)", change);
            return;
        }
        drain.hear(change);
    }

    /** The first sight of the Node, after the notice side has taken it in. */
    void nodeFirstSeen() {
        drain.firstSight();
    }

    void nodeChanged() {
        drain.nodeChanged();
    }

    void podsChanged() {
        drain.changed();
        gauges.soon();
    }

    /** The drain that runs, or ran last. */
    Optional<DrainRun> current() {
        return drain.current();
    }

    /** Whether a drain is under way right now. */
    boolean draining() {
        return drain.underWay();
    }

    private void showGauges() {
        Optional<DrainStatus> last = drain.current().map(DrainRun::status);
        last.ifPresent(meters::requests);
        List<PodStatus> pods =
                last.filter(_ -> drain.underWay()).map(DrainStatus::pods).orElse(List.of());
        last.filter(_ -> drain.underWay()).ifPresent(status -> history.see(status.id(), pods, clock.instant()));
        meters.running(pods);
        census.count(pods);
        census.doomed(drain.wanted().doomed());
    }

    /** SIGTERM during a drain: go on until it is over. */
    void stop(@Observes @Priority(100) ShutdownEvent event) throws InterruptedException {
        drain.stop();
    }
}
