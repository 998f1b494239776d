package dev.lastcall.serving;

import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodGateway;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Rotation;
import dev.lastcall.drain.ServingSide.Stay;
import dev.lastcall.serving.rotation.Endpoint;
import dev.lastcall.serving.rotation.KeepInRotation;
import dev.lastcall.serving.rotation.Neighbours;
import dev.lastcall.serving.rotation.Neighbours.Sight;
import dev.lastcall.serving.rotation.RotationRule;
import dev.lastcall.serving.rotation.RotationVerdict;
import dev.lastcall.serving.rotation.Seating;
import dev.lastcall.serving.rotation.Service;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One doomed pod's way out of rotation: marks, looks, and marks again as {@link Seating} says. The marks are idempotent, so a drain
 * that goes on after a restart simply begins anew.
 */
final class PodRotation implements Rotation {
    private final PodView first;
    private final ServingSettings settings;
    private final Neighbours neighbours;
    private final PodGateway pods;
    private final Doom doom;
    /** Endpoints of each service at the first look. */
    private final Map<String, Integer> before = new HashMap<>();

    private @Nullable Instant marked;
    private boolean markedAsFinal;
    private boolean kept;
    private String version = "";

    /** Writes on the pod that its node goes, in turn with all else that is written to it. */
    interface Doom {
        PatchAnswer mark(PodView pod, Instant deadline, boolean noticeIsFinal, boolean kept);
    }

    PodRotation(PodView first, ServingSettings settings, Neighbours neighbours, PodGateway pods, Doom doom) {
        this.first = first;
        this.settings = settings;
        this.neighbours = neighbours;
        this.pods = pods;
        this.doom = doom;
    }

    @Override
    public Stay ask(Instant deadline, boolean noticeIsFinal) {
        if (settings.keepInRotation() instanceof KeepInRotation.Count count && count.endpoints() == 0) {
            return new Stay.Leave("lastcall.serving.keep-in-rotation is 0");
        }
        // What becomes final only while the pod is kept is done then: its replacement must not wait until it leaves.
        if (!deadline.equals(marked) || (noticeIsFinal && !markedAsFinal)) {
            // What stands there as kept after a restart is taken back: others must not count on it before this agent
            // has looked.
            PatchAnswer answer = doom.mark(first, deadline, noticeIsFinal, kept);
            if (!(answer instanceof PatchAnswer.Done done)) {
                return answer instanceof PatchAnswer.Missing
                        ? new Stay.Leave("it is gone")
                        : new Stay.Unclear("it could not be marked as doomed: " + answer);
            }
            marked = deadline;
            markedAsFinal = noticeIsFinal;
            version = done.resourceVersion();
        }
        return look(deadline);
    }

    private Stay look(Instant deadline) {
        return switch (neighbours.of(first, version)) {
            case Sight.Unclear unclear -> new Stay.Unclear("who serves beside it is not known: " + unclear.reason());
            case Sight.Refused refused ->
                new Stay.Leave("who serves beside it may not be asked (%s); check the agent's ClusterRole"
                        .formatted(refused.reason()));
            case Sight.Seen seen
            when seen.services().isEmpty() -> new Stay.Leave("nothing selects it and it has no controller");
            case Sight.Seen seen -> act(judge(deadline, seen.services()), deadline);
        };
    }

    /** It leaves only where every service that sends it requests can do without it. */
    private RotationVerdict judge(Instant deadline, List<Service> services) {
        Endpoint asking = asking(deadline);
        RotationVerdict verdict = new RotationVerdict.Leave("nobody sends it anything");
        for (Service service : services) {
            int endpoints = before.computeIfAbsent(service.name(), _ -> RotationRule.endpoints(service));
            verdict = RotationRule.judge(asking, service, settings.keepInRotation(), endpoints);
            if (verdict instanceof RotationVerdict.Keep) {
                return verdict;
            }
        }
        return verdict;
    }

    private Stay act(RotationVerdict verdict, Instant deadline) {
        return switch (Seating.next(kept, verdict)) {
            case LEAVE -> new Stay.Leave(verdict.reason());
            case SERVE_ON -> new Stay.ServeOn(verdict.reason());
            case SAY_KEPT -> {
                var _ = sayKept(true);
                yield new Stay.ServeOn(verdict.reason());
            }
            case TAKE_BACK_KEPT ->
                sayKept(false) ? look(deadline) : new Stay.ServeOn("the mark that it is kept could not be removed yet");
        };
    }

    private boolean sayKept(boolean keep) {
        Optional<String> value = keep ? Optional.of("true") : Optional.empty();
        if (pods.mark(first.ref(), Map.of(), Map.of(Withdrawals.KEPT, value)) instanceof PatchAnswer.Done done) {
            kept = keep;
            version = done.resourceVersion();
            return true;
        }
        return false;
    }

    private Endpoint asking(Instant deadline) {
        PodView now = pods.latest(first.ref()).orElse(first);
        boolean in = !"out".equals(now.labels().get(Withdrawals.ROTATION))
                && !"False".equals(now.conditions().get(Withdrawals.GATE))
                && !"true".equals(now.annotations().get(Withdrawals.AIBRIX));
        boolean ready = "True".equals(now.conditions().get("Ready")) && now.deletedAt() == null;
        return new Endpoint(first.ref().uid(), ready, in, deadline, kept);
    }

    @Override
    public List<String> stillRouted() {
        return neighbours.stillRouted(first);
    }
}
