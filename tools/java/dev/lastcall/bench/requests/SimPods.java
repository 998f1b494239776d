package dev.lastcall.bench.requests;

import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.run.Waiting;
import dev.lastcall.support.drain.FakePods;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one pod of a node, its kubelet, and since when its routers should know that it is out. */
final class SimPods implements PodGateway {
    private final FakePods pods = new FakePods();
    private final PodView first;
    private final SimEngine engine;
    private final Waiting time;
    private final Consumer<Instant> told;
    private volatile @Nullable Instant outSince;
    private volatile boolean terminating;

    /** @param told when it is first told to go */
    SimPods(PodView pod, SimEngine engine, Waiting time, Consumer<Instant> told) {
        this.first = pod;
        this.engine = engine;
        this.time = time;
        this.told = told;
        pods.linger(time::now).add(pod);
    }

    SimEngine engine() {
        return engine;
    }

    PodRef ref() {
        return first.ref();
    }

    /** As the API server has it; empty once it is gone. */
    Optional<PodView> now() {
        return pods.latest().stream().findFirst();
    }

    /** When a mark or a deletion took it out of rotation; null while it is in. */
    @Nullable
    Instant outSince() {
        return outSince;
    }

    /** The machine is gone. */
    void cut() {
        engine.end(time.now());
        left();
    }

    private void left() {
        if (outSince == null) {
            outSince = time.now();
        }
    }

    private void look() {
        if (now().filter(Way::in).isEmpty()) {
            left();
        }
        time.signal();
    }

    /** SIGTERM after the preStop hook, SIGKILL when the grace period is over. */
    private void terminate(Duration grace) {
        if (terminating) {
            return;
        }
        terminating = true;
        Instant from = time.now();
        told.accept(from);
        time.start("kubelet-" + first.ref(), () -> {
            try {
                Instant kill = from.plus(grace);
                var _ = time.await(() -> false, earlier(from.plus(first.preStop()), kill));
                var _ = time.await(() -> false, earlier(engine.signal(time.now()), kill));
                engine.end(time.now());
                pods.remove(first);
                time.signal();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    @Override
    public List<PodView> latest() {
        return pods.latest();
    }

    @Override
    public boolean synced() {
        return true;
    }

    @Override
    public boolean gone(PodRef pod) {
        return pods.gone(pod);
    }

    @Override
    public EvictionAnswer evict(PodRef pod, Duration grace, Duration patience) {
        return asked(pods.evict(pod, grace, patience), grace);
    }

    @Override
    public EvictionAnswer delete(PodRef pod, Duration grace, Duration patience) {
        return asked(pods.delete(pod, grace, patience), grace);
    }

    private EvictionAnswer asked(EvictionAnswer answer, Duration grace) {
        if (answer instanceof EvictionAnswer.Accepted) {
            terminate(grace);
        }
        look();
        return answer;
    }

    @Override
    public PatchAnswer mark(
            PodRef pod, Map<String, Optional<String>> labels, Map<String, Optional<String>> annotations) {
        PatchAnswer answer = pods.mark(pod, labels, annotations);
        look();
        return answer;
    }

    @Override
    public PatchAnswer condition(
            PodRef pod, String type, boolean status, String reason, String message, Duration patience) {
        PatchAnswer answer = pods.condition(pod, type, status, reason, message, patience);
        look();
        return answer;
    }
}
