package dev.lastcall.serving;

import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide;
import dev.lastcall.serving.replacement.Replacement;
import dev.lastcall.serving.rotation.Neighbours;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The serving pods of this node: which they are, how they leave their routers, what their engines say. */
public final class ServingPods implements ServingSide {
    private final ServingSettings settings;
    private final PodGateway pods;
    private final EngineClient engines;
    private final Gates gates;
    private final Neighbours neighbours;
    private final Replacement replacement;
    /** Pod UID to what a withdrawal changed: a cancel can come before the watch shows it. */
    private final Map<String, String> withdrawn = new ConcurrentHashMap<>();

    public ServingPods(
            ServingSettings settings,
            PodGateway pods,
            EngineClient engines,
            Neighbours neighbours,
            Replacement replacement) {
        this.settings = settings;
        this.pods = pods;
        this.engines = engines;
        this.gates = new Gates(pods);
        this.neighbours = neighbours;
        this.replacement = replacement;
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
    public Withdrawal withdraw(PodView pod, @Nullable Instant deadline, boolean noticeIsFinal) {
        return gates.inTurn(pod.ref(), () -> withdrawInTurn(pod, deadline, noticeIsFinal));
    }

    private Withdrawal withdrawInTurn(PodView pod, @Nullable Instant deadline, boolean noticeIsFinal) {
        Optional<String> stays = attached(pod, noticeIsFinal);
        Withdrawals.Plan plan =
                Withdrawals.plan(pod, withdrawn.get(pod.ref().uid()), strategies(stays), deadline, noticeIsFinal);
        remember(pod, plan);
        String problem = null;
        // The mark first: it says what was changed, so that an agent killed in between leaves nothing that nobody
        // undoes.
        if (!plan.labels().isEmpty() || !plan.annotations().isEmpty()) {
            problem = problem(pods.mark(pod.ref(), plan.labels(), plan.annotations()));
        }
        if (plan.gate()) {
            String closing = problem(gates.close(pod));
            problem = problem == null ? closing : problem;
        }
        return new Withdrawal(plan.strategies(), plan.visibleToRouters(), problem, stays.orElse(null));
    }

    @Override
    public boolean marked(PodView pod) {
        return withdrawn.containsKey(pod.ref().uid()) || Withdrawals.marked(pod);
    }

    @Override
    public Restored restore(PodView pod, BooleanSupplier still) {
        return gates.inTurn(pod.ref(), () -> still.getAsBoolean() ? restoreInTurn(pod) : Restored.AGAIN);
    }

    private Restored restoreInTurn(PodView pod) {
        String known = withdrawn.get(pod.ref().uid());
        if (Withdrawals.detached(pod, known)) {
            return Restored.DETACHED;
        }
        Withdrawals.Plan plan = Withdrawals.undo(pod, known);
        // The gate first: the mark that says what is ours goes last, when nothing of it is left.
        if (plan.gate() && !stands(gates.open(pod, "the interruption is over"))) {
            return Restored.AGAIN;
        }
        if ((!plan.labels().isEmpty() || !plan.annotations().isEmpty())
                && !stands(pods.mark(pod.ref(), plan.labels(), plan.annotations()))) {
            return Restored.AGAIN;
        }
        withdrawn.remove(pod.ref().uid());
        return Restored.HOLDS;
    }

    @Override
    public boolean admit(List<PodView> latest, BooleanSupplier still) {
        withdrawn.keySet().retainAll(latest.stream().map(pod -> pod.ref().uid()).collect(Collectors.toSet()));
        return gates.admit(latest, still);
    }

    @Override
    public Rotation rotation(PodView pod) {
        return new PodRotation(pod, settings, neighbours, pods, this::doom);
    }

    private PatchAnswer doom(PodView pod, Instant deadline, boolean noticeIsFinal, boolean kept) {
        return gates.inTurn(pod.ref(), () -> {
            Withdrawals.Plan plan = Withdrawals.doom(
                    pod,
                    withdrawn.get(pod.ref().uid()),
                    strategies(attached(pod, noticeIsFinal)),
                    deadline,
                    noticeIsFinal,
                    kept);
            remember(pod, plan);
            return pods.mark(pod.ref(), plan.labels(), plan.annotations());
        });
    }

    /** Why a pod that would be detached is not: its place would stay empty, and what it gave up could not be given back. */
    private Optional<String> attached(PodView pod, boolean noticeIsFinal) {
        return Withdrawals.detaches(pod, settings.withdraw(), noticeIsFinal)
                        && !Withdrawals.detached(pod, withdrawn.get(pod.ref().uid()))
                ? replacement.refusal(pod)
                : Optional.empty();
    }

    private Set<Withdrawals.Strategy> strategies(Optional<String> stays) {
        return stays.isEmpty()
                ? settings.withdraw()
                : settings.withdraw().stream()
                        .filter(each -> each != Withdrawals.Strategy.DETACH)
                        .collect(Collectors.toUnmodifiableSet());
    }

    private void remember(PodView pod, Withdrawals.Plan plan) {
        plan.annotations()
                .getOrDefault(Withdrawals.WITHDRAWN, Optional.empty())
                .ifPresent(changed -> withdrawn.put(pod.ref().uid(), changed));
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

    /** Done, or there is nobody left to do it to. */
    private static boolean stands(PatchAnswer answer) {
        return answer instanceof PatchAnswer.Done
                || answer instanceof PatchAnswer.Missing
                || answer instanceof PatchAnswer.Conflict;
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
