package dev.lastcall.pipeline;

import dev.lastcall.config.AgentConfig;
import dev.lastcall.config.OnHint;
import dev.lastcall.drain.EventRecorder;
import dev.lastcall.gpu.GpuSnapshot;
import dev.lastcall.gpu.RecoveryAction;
import dev.lastcall.gpu.RecoveryAdvice;
import dev.lastcall.notice.Due;
import dev.lastcall.notice.NoticeKind;
import dev.lastcall.notice.Observation;
import dev.lastcall.notice.Sighting;
import dev.lastcall.notice.SourceId;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * What the driver asks for to make a GPU well again, as a hint: the node is marked at risk and an Event says why. Nothing is
 * drained by it, because a reset of one GPU does not say when, or whether, the node goes. Only where the user says so
 * ({@code lastcall.gpu.advice=drain}) the driver's own "drain" becomes one: without a deadline, so nothing is forced.
 */
@ApplicationScoped
public class GpuAdvice {

    private static final Logger LOG = Logger.getLogger(GpuAdvice.class);

    private final boolean kubernetes;
    private final OnHint effect;
    private final BiConsumer<SourceId, Observation> notices;
    private final EventRecorder events;
    private RecoveryAdvice advice = RecoveryAdvice.NONE;

    @Inject
    GpuAdvice(AgentConfig config, NoticePolling notices, EventRecorder events) {
        this(config.kubernetes().enabled(), config.gpu().advice(), notices::offer, events);
    }

    /** @param kubernetes false: only the log says so, as with {@link OnHint#IGNORE} */
    GpuAdvice(boolean kubernetes, OnHint effect, BiConsumer<SourceId, Observation> notices, EventRecorder events) {
        this.kubernetes = kubernetes && effect != OnHint.IGNORE;
        this.effect = effect;
        this.notices = notices;
        this.events = events;
    }

    @Incoming("gpu-snapshots")
    synchronized void read(GpuSnapshot snapshot) {
        boolean stood = !advice.standing().isEmpty();
        RecoveryAdvice.Step step = advice.next(snapshot);
        advice = step.after();
        step.changes().forEach(this::tell);
        boolean known = snapshot.reader().ready() && !snapshot.gpus().isEmpty();
        if (kubernetes && known) {
            notices.accept(SourceId.GPU, observation());
        } else if (stood) {
            LOG.debug("the GPUs cannot be read: what they asked for stands");
        }
    }

    private Observation observation() {
        List<Sighting> sightings = advice.standing().entrySet().stream()
                .map(entry -> sighting(entry.getKey(), entry.getValue()))
                .toList();
        return sightings.isEmpty()
                ? new Observation.Nothing()
                : new Observation.Seen(sightings, Duration.ZERO, System.nanoTime());
    }

    /** A drain for a GPU behaves as one for a node mark without a window: at once, and as long as it takes. */
    private Sighting sighting(String uuid, RecoveryAction action) {
        NoticeKind behavesAs = drains(action) ? NoticeKind.NODE_MARK : NoticeKind.GPU;
        return new Sighting(
                "gpu-" + uuid + "-" + action.code(),
                NoticeKind.GPU,
                behavesAs,
                SourceId.GPU.label(),
                new Due.Unknown(),
                null,
                false);
    }

    private boolean drains(RecoveryAction action) {
        return effect == OnHint.DRAIN && action.asksForDrain();
    }

    private void tell(RecoveryAdvice.Change change) {
        String who = "GPU %d (%s, %s)".formatted(change.index(), change.model(), change.uuid());
        if (!change.action().needed()) {
            LOG.infof("%s: the driver asks for nothing any more", who);
            return;
        }
        String next = drains(change.action())
                ? "Lastcall drains the node first (lastcall.gpu.advice=drain)"
                : "Lastcall does not drain for this: drain the node before you act";
        String text = "%s: the driver recommends to %s. %s"
                .formatted(who, change.action().text(), next);
        LOG.warn(text);
        if (kubernetes) {
            events.onNode(true, "GpuRecoveryRecommended", text);
        }
    }
}
