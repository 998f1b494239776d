package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainFacts.PodFacts;
import dev.lastcall.drain.DrainProgress;
import dev.lastcall.drain.DrainRecord.Baseline;
import dev.lastcall.drain.PodPlan;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodRules;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.RequestCounts;
import dev.lastcall.drain.ServingSide.Watched;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** The pods of one drain: those it has taken up, each on a thread of its own, and those it leaves alone. */
final class PodDrains {
    private final DrainContext context;
    private final Map<String, Baseline> earlier;
    private final Map<String, PodDrain> drains = new ConcurrentHashMap<>();
    private final Map<String, PodVerdict.Skip> skipped = new ConcurrentHashMap<>();
    /** What engines can finish after their signal, as a dry run read it, by pod UID. */
    private final Map<String, Duration> learnt = new ConcurrentHashMap<>();

    private volatile DrainProgress before;
    private volatile boolean closing;
    private boolean compared;

    /**
     * @param earlier engines' first readings from before a restart, by pod UID
     * @param before what pods that went before a restart did
     */
    PodDrains(DrainContext context, Map<String, Baseline> earlier, DrainProgress before) {
        this.context = context;
        this.earlier = Map.copyOf(earlier);
        this.before = before;
    }

    /** Takes up what is new, and looks again at what was left alone: a notice can become more certain. */
    void takeUpNew() {
        PodRules rules = context.rules();
        List<PodView> latest = context.pods().latest();
        countTheMissing(latest);
        List<PodDrain> taken = new ArrayList<>();
        for (PodView pod : latest) {
            boolean sound = Guarded.run(
                    () -> {
                        PodDrain known = drains.get(pod.ref().uid());
                        PodVerdict verdict = rules.verdict(pod);
                        if (known == null) {
                            take(pod, verdict).ifPresent(taken::add);
                        } else if (known.handedBack()) {
                            // Replaced, not removed first: others would take it for gone.
                            take(pod, verdict)
                                    .ifPresentOrElse(
                                            taken::add,
                                            () -> drains.remove(pod.ref().uid()));
                        } else {
                            known.pod().judge(verdict);
                        }
                    },
                    defect -> context.defect("judging of " + pod.ref(), defect));
            if (!sound) {
                // One odd pod costs itself at most: it is asked to go like any other.
                taken.add(put(pod, new PodVerdict.Evict()));
            }
        }
        // Register all pods before starting any. Otherwise a critical pod could be registered first, see no other pods,
        // and
        // be evicted too early.
        for (PodDrain drain : taken) {
            context.waiting().start("drain-" + drain.pod().first().ref(), drain);
        }
    }

    private Optional<PodDrain> take(PodView pod, PodVerdict verdict) {
        String uid = pod.ref().uid();
        if (verdict instanceof PodVerdict.Skip skip) {
            if (skipped.put(uid, skip) == null && skip.tell()) {
                context.finding(pod.ref() + " is left alone: " + skip.reason());
            }
            return Optional.empty();
        }
        if (verdict instanceof PodVerdict.Keep keep && keep.tell()) {
            context.finding(pod.ref() + " is not evicted: " + keep.reason());
        }
        return Optional.of(put(pod, verdict));
    }

    private PodDrain put(PodView pod, PodVerdict verdict) {
        String uid = pod.ref().uid();
        PodDrain drain = new PodDrain(
                context,
                pod,
                verdict,
                Optional.ofNullable(earlier.get(uid)),
                new PodEviction.Others(this::onlyLastRemain, () -> closing));
        drains.put(uid, drain);
        skipped.remove(uid);
        return drain;
    }

    /** Serving pods that left while no agent was looking: what they had in flight is unknown, and nothing else. */
    private void countTheMissing(List<PodView> latest) {
        if (compared || !context.pods().synced()) {
            return;
        }
        compared = true;
        Set<String> here = new HashSet<>();
        latest.forEach(pod -> here.add(pod.ref().uid()));
        earlier.forEach((uid, first) -> {
            if (!here.contains(uid)) {
                RequestCounts lost = new RequestCounts(first.inFlight(), 0, 0, 0, 0, first.inFlight());
                before = before.plus(new DrainProgress(0, 0, 1, lost, 1, 0, null, context.now(), null, null));
                context.finding("a serving pod left while the agent was away: of its requests only the "
                        + first.inFlight() + " at the notice are known");
            }
        });
    }

    /** What is going to happen to each pod of the node, by what is known now; begins nothing. */
    List<PodPlan> plan() {
        PodPlan.Terms terms =
                new PodPlan.Terms(context.deadlines(), context.now(), context.company(), context.mayForce());
        PodRules rules = context.rules();
        return context.pods().latest().stream()
                .map(pod -> {
                    PodDrain known = drains.get(pod.ref().uid());
                    return known == null
                            ? PodPlan.of(pod, rules.verdict(pod), useOf(pod), terms)
                            : known.pod().plan(terms);
                })
                .toList();
    }

    /** What an engine can finish after its signal is not known before it was read. */
    private Duration useOf(PodView pod) {
        return context.serving().serves(pod) ? learnt.getOrDefault(pod.ref().uid(), Duration.ZERO) : pod.grace();
    }

    /** A dry run has read this pod's engine. */
    void learnt(PodView pod, Duration finishTime) {
        learnt.put(pod.ref().uid(), finishTime);
    }

    List<DrainedPod> all() {
        return drains.values().stream().map(PodDrain::pod).toList();
    }

    int skipped() {
        return skipped.size();
    }

    /** What pods did that went before a restart. */
    DrainProgress before() {
        return before;
    }

    List<PodFacts> facts(boolean cancelled) {
        return all().stream().map(pod -> pod.facts(cancelled)).toList();
    }

    /** The engines' first readings known so far, of the pods that are still there. */
    Map<String, Baseline> baselines() {
        Map<String, Baseline> open = new HashMap<>(compared ? Map.of() : earlier);
        drains.forEach((uid, drain) -> {
            DrainedPod pod = drain.pod();
            if (pod.result().isEmpty()) {
                Optional.ofNullable(earlier.get(uid))
                        .or(() -> pod.engine().flatMap(Watched::baseline))
                        .ifPresent(first -> open.put(uid, first));
            }
        });
        return Map.copyOf(open);
    }

    int serving() {
        return (int) all().stream().filter(pod -> pod.engine().isPresent()).count();
    }

    int ended() {
        return (int) all().stream().filter(pod -> pod.result().isPresent()).count();
    }

    boolean withdrawn() {
        return each(DrainedPod::isWithdrawn);
    }

    /** Each engine was read once, or is past reading. */
    boolean read() {
        return each(pod -> pod.result().isPresent()
                || pod.engine().isEmpty()
                || pod.engine().flatMap(Watched::baseline).isPresent());
    }

    boolean withdrawalsFinished() {
        return each(DrainedPod::withdrawalFinished);
    }

    /** Nothing is left to wait for. */
    boolean allEnded() {
        return each(pod -> pod.result().isPresent() || pod.atRest());
    }

    /** No thread of theirs will do anything more. */
    boolean over() {
        return drains.values().stream().allMatch(PodDrain::isOver);
    }

    /** None was left behind. */
    boolean gone() {
        return each(pod -> pod.result().filter(how -> how != PodResult.FAILED).isPresent());
    }

    /** The drain ends: pods that were only watched have their count taken. */
    void close() {
        closing = true;
        context.waiting().signal();
    }

    private boolean onlyLastRemain() {
        return context.pods().synced()
                && each(pod -> pod.verdict() instanceof PodVerdict.Last
                        || pod.verdict() instanceof PodVerdict.Keep
                        || pod.result().isPresent());
    }

    private boolean each(Predicate<DrainedPod> claim) {
        return drains.values().stream().map(PodDrain::pod).allMatch(claim);
    }
}
