package dev.lastcall.drain.run;

import dev.lastcall.drain.Company;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.DrainSettings;
import dev.lastcall.drain.NodeGateway;
import dev.lastcall.drain.PodResult;
import dev.lastcall.drain.PodRules;
import dev.lastcall.drain.PodVerdict;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.ServingSide.Watched;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** The pods of one drain: those it has taken up, each on a thread of its own, and those it leaves alone. */
final class PodDrains {
    private final DrainContext context;
    private final NodeGateway node;
    private final DrainSettings settings;
    private final Map<String, DrainRecord.Baseline> baselines;
    private final Map<String, PodDrain> drains = new ConcurrentHashMap<>();
    private final Map<String, String> skipped = new ConcurrentHashMap<>();

    /** @param baselines engines' first readings from before a restart, by pod UID */
    PodDrains(
            DrainContext context,
            NodeGateway node,
            DrainSettings settings,
            Map<String, DrainRecord.Baseline> baselines) {
        this.context = context;
        this.node = node;
        this.settings = settings;
        this.baselines = new HashMap<>(baselines);
    }

    void takeUpNew() {
        PodRules rules = rules();
        List<PodDrain> taken = new ArrayList<>();
        for (PodView pod : context.pods().latest()) {
            String uid = pod.ref().uid();
            if (drains.containsKey(uid) || skipped.containsKey(uid)) {
                continue;
            }
            PodVerdict verdict = rules.verdict(pod);
            if (verdict instanceof PodVerdict.Skip skip) {
                skipped.put(uid, pod.ref() + ": " + skip.reason());
                continue;
            }
            PodDrain drain = new PodDrain(context, pod, verdict, Optional.ofNullable(baselines.get(uid)));
            drains.put(uid, drain);
            taken.add(drain);
        }
        // None starts before all are known: a critical pod that saw only itself would take itself for the last one.
        for (PodDrain drain : taken) {
            var _ = Thread.ofVirtual().name("drain-" + drain.pod().ref()).start(drain);
        }
    }

    /** Every decision in words, nothing begun. */
    List<String> rehearse() {
        PodRules rules = rules();
        return context.pods().latest().stream()
                .map(pod -> switch (rules.verdict(pod)) {
                    case PodVerdict.Skip skip -> "would leave " + pod.ref() + ": " + skip.reason();
                    case PodVerdict.Hold _ -> "would withdraw " + pod.ref() + " and hold it until idle";
                    case PodVerdict.Evict _ -> "would evict " + pod.ref() + " at once";
                    case PodVerdict.Last _ -> "would evict " + pod.ref() + " last";
                })
                .toList();
    }

    private PodRules rules() {
        return new PodRules(
                context.serving()::serves,
                settings.namespacesLast(),
                settings.own(),
                node.latest().flatMap(Company::of));
    }

    Collection<PodDrain> all() {
        return drains.values();
    }

    Collection<String> skipped() {
        return skipped.values();
    }

    /** The engines' first readings known so far, those from before a restart included. */
    Map<String, DrainRecord.Baseline> baselines() {
        drains.forEach(
                (uid, pod) -> pod.engine().flatMap(Watched::baseline).ifPresent(first -> baselines.put(uid, first)));
        return Map.copyOf(baselines);
    }

    int serving() {
        return (int) all().stream().filter(pod -> pod.engine().isPresent()).count();
    }

    boolean withdrawn() {
        return each(PodDrain::isWithdrawn);
    }

    /** Each engine was read once, or is past reading. */
    boolean read() {
        return each(pod -> pod.result().isPresent()
                || pod.engine().isEmpty()
                || pod.engine().flatMap(Watched::baseline).isPresent());
    }

    boolean settled() {
        return each(pod -> pod.stage() != PodDrain.Stage.WITHDRAWING);
    }

    boolean ended() {
        return each(pod -> pod.result().isPresent());
    }

    /** No thread of theirs will do anything more. */
    boolean over() {
        return each(PodDrain::isOver);
    }

    /** None was left behind. */
    boolean gone() {
        return each(pod -> pod.result().filter(how -> how != PodResult.FAILED).isPresent());
    }

    boolean onlyLastRemain() {
        return context.pods().synced()
                && each(pod ->
                        pod.verdict() instanceof PodVerdict.Last || pod.result().isPresent());
    }

    private boolean each(Predicate<PodDrain> claim) {
        return drains.values().stream().allMatch(claim);
    }
}
