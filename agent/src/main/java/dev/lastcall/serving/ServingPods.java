package dev.lastcall.serving;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The serving pods of this node: which they are, how they leave their routers, what their engines say. */
public final class ServingPods implements ServingSide {
    private final ServingSettings settings;
    private final PodGateway pods;
    private final EngineClient engines;
    /** UIDs of pods whose gate was opened: the watch may show them a few more times as they were before. */
    private final Set<String> opened = ConcurrentHashMap.newKeySet();
    /** Pod UID to what a withdrawal changed: a cancel can come before the watch shows it. */
    private final Map<String, String> withdrawn = new ConcurrentHashMap<>();

    public ServingPods(ServingSettings settings, PodGateway pods, EngineClient engines) {
        this.settings = settings;
        this.pods = pods;
        this.engines = engines;
    }

    @Override
    public boolean serves(PodView pod) {
        return settings.selector().matches(pod.labels());
    }

    @Override
    public Duration settle() {
        return settings.settle();
    }

    @Override
    public Withdrawal withdraw(PodView pod, @Nullable Instant deadline, boolean certain) {
        Withdrawals.Plan plan = Withdrawals.plan(pod, settings.withdraw(), deadline, certain);
        plan.annotations()
                .getOrDefault(Withdrawals.WITHDRAWN, Optional.empty())
                .ifPresent(changed -> withdrawn.put(pod.ref().uid(), changed));
        String problem = null;
        // The gate first: Services and inference gateways look at Ready, and it is the slower of the two to spread.
        if (plan.gate()) {
            problem = problem(gate(pod, false, "NodeInterrupted", "the node is being taken back"));
        }
        if (!plan.labels().isEmpty() || !plan.annotations().isEmpty()) {
            String marking = problem(pods.mark(pod.ref(), plan.labels(), plan.annotations()));
            problem = problem == null ? marking : problem;
        }
        return new Withdrawal(plan.strategies(), plan.routed(), problem);
    }

    @Override
    public void restore(PodView pod) {
        Withdrawals.Plan plan = Withdrawals.undo(pod, withdrawn.remove(pod.ref().uid()));
        if (!plan.labels().isEmpty() || !plan.annotations().isEmpty()) {
            var _ = pods.mark(pod.ref(), plan.labels(), plan.annotations());
        }
        if (plan.gate()) {
            var _ = gate(pod, true, "InRotation", "the interruption was cancelled");
        }
    }

    /**
     * Opens the readiness gate of every serving pod that declares one and has no answer yet: without this nothing gated
     * would ever become Ready. Pods already answered, either way, are left alone.
     */
    public void admit(List<PodView> latest) {
        Set<String> here = latest.stream().map(pod -> pod.ref().uid()).collect(Collectors.toSet());
        opened.retainAll(here);
        withdrawn.keySet().retainAll(here);
        for (PodView pod : latest) {
            if (pod.gates().contains(Withdrawals.GATE)
                    && !pod.conditions().containsKey(Withdrawals.GATE)
                    && pod.deletedAt() == null
                    && !pod.finished()
                    && !opened.contains(pod.ref().uid())
                    && gate(pod, true, "InRotation", "first seen by the node's agent") instanceof PatchAnswer.Done) {
                opened.add(pod.ref().uid());
            }
        }
    }

    @Override
    public Watched watch(PodView pod, Optional<Baseline> baseline, Runnable changed) {
        return new EngineWatch(pod, () -> latest(pod), baseline, engines, settings, changed);
    }

    private Optional<PodView> latest(PodView pod) {
        return pods.latest().stream()
                .filter(other -> other.ref().equals(pod.ref()))
                .findFirst();
    }

    private PatchAnswer gate(PodView pod, boolean open, String reason, String message) {
        return pods.condition(pod.ref(), Withdrawals.GATE, open, reason, message);
    }

    /** A pod that is gone needs no withdrawal: that is no problem. */
    private static @Nullable String problem(PatchAnswer answer) {
        return switch (answer) {
            case PatchAnswer.Done _, PatchAnswer.Missing _ -> null;
            case PatchAnswer.Conflict _ -> "another pod stands under this name";
            case PatchAnswer.Refused refused -> "HTTP " + refused.status() + ": " + refused.reason();
            case PatchAnswer.Failed failed -> failed.reason();
        };
    }
}
