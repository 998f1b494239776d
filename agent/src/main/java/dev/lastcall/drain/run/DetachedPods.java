package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.drain.ServingSide.Watched;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Pods that were detached from their ReplicaSet for a node that then survived. Their place is taken by a replacement, so they
 * are not put back into rotation: each serves on until it is idle and is then deleted.
 */
final class DetachedPods {
    /** An engine that never says how much it has in flight is not waited for longer than this. */
    private static final Duration WITHOUT_A_WORD = Duration.ofMinutes(10);

    private record Last(Watched engine, Instant since) {}

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final PodGateway pods;
    private final ServingSide serving;
    private final InstantSource clock;
    private final Runnable changed;
    private final Consumer<DrainEvent> out;
    private final Map<String, Last> waitedFor = new HashMap<>();

    DetachedPods(
            PodGateway pods, ServingSide serving, InstantSource clock, Runnable changed, Consumer<DrainEvent> out) {
        this.pods = pods;
        this.serving = serving;
        this.clock = clock;
        this.changed = changed;
        this.out = out;
    }

    /** @return false where one of them is still there */
    boolean look(List<PodView> detached) {
        Set<String> here = detached.stream().map(pod -> pod.ref().uid()).collect(Collectors.toSet());
        waitedFor.entrySet().removeIf(each -> {
            boolean gone = !here.contains(each.getKey());
            if (gone) {
                each.getValue().engine().close();
            }
            return gone;
        });
        for (PodView pod : detached) {
            Last last = waitedFor.computeIfAbsent(pod.ref().uid(), _ -> watch(pod));
            boolean silent = last.engine().inFlight().isEmpty()
                    && !clock.instant().isBefore(last.since().plus(WITHOUT_A_WORD));
            if ((last.engine().idle() || silent)
                    && pods.delete(pod.ref(), pod.grace(), PATIENCE) instanceof EvictionAnswer.Accepted) {
                out.accept(new DrainEvent.Evicted(pod.ref(), pod.grace(), false, true));
            }
        }
        return detached.isEmpty();
    }

    void forgetAll() {
        waitedFor.values().forEach(last -> last.engine().close());
        waitedFor.clear();
    }

    private Last watch(PodView pod) {
        Watched engine = serving.watch(pod, Optional.empty(), changed);
        engine.startCountingIdleReads();
        return new Last(engine, clock.instant());
    }
}
