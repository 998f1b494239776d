package dev.lastcall.serving.findings;

import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The serving pods of a node, looked at rarely and quietly: nothing is asked in a pod's first minute, and then at most one
 * request a minute goes to each engine. One thread at a time.
 */
public final class NodeBudgets {
    /** The first minute belongs to the start of the engine. */
    static final Duration QUIET = Duration.ofMinutes(1);

    private static final Duration BETWEEN_EVENTS = Duration.ofDays(1);

    private final Terms terms;
    private final Function<PodView, String> workload;
    private final Map<String, LivePod> pods = new HashMap<>();
    private final Map<String, Instant> reported = new HashMap<>();
    private volatile List<WorkloadBudget> latest = List.of();

    /** How an engine is asked. Answers are empty where there is none. */
    public interface Engines {
        Optional<String> version(PodView pod) throws InterruptedException;

        Optional<String> metrics(PodView pod) throws InterruptedException;
    }

    /** A workload to tell about, by one of its pods. */
    public record News(PodRef pod, String message) {}

    /** @param workload namespace aside, how the owner of a pod is called */
    public NodeBudgets(Terms terms, Function<PodView, String> workload) {
        this.terms = terms;
        this.workload = workload;
    }

    /**
     * One round, to be called once a minute.
     *
     * @param serving the serving pods that are there; those missing are forgotten, and their series with them
     * @return what has not been told for a day
     */
    public List<News> round(List<PodView> serving, Engines engines, Instant now) throws InterruptedException {
        Set<String> here = serving.stream().map(pod -> pod.ref().uid()).collect(Collectors.toSet());
        pods.keySet().retainAll(here);
        Map<String, WorkloadBudget> budgets = new TreeMap<>();
        Map<String, PodRef> names = new HashMap<>();
        for (PodView pod : serving) {
            LivePod known = pods.computeIfAbsent(pod.ref().uid(), _ -> new LivePod(now));
            if (!known.settled(now, QUIET)) {
                continue;
            }
            ask(pod, known, engines, now);
            String name = workload.apply(pod);
            WorkloadBudget budget = WorkloadBudget.of(
                    pod.ref().namespace(), name, known.engine(pod), known.findings(pod, name, terms), terms);
            String key = pod.ref().namespace() + "/" + name;
            budgets.merge(key, budget, WorkloadBudget::and);
            names.putIfAbsent(key, pod.ref());
        }
        latest = List.copyOf(budgets.values());
        return news(budgets, names, now);
    }

    private static void ask(PodView pod, LivePod known, Engines engines, Instant now) throws InterruptedException {
        if (pod.ip() == null) {
            return;
        }
        if (known.wantsVersion(pod)) {
            known.versionRead(engines.version(pod));
            return;
        }
        engines.metrics(pod).ifPresent(text -> known.metricsRead(text, now));
    }

    private List<News> news(Map<String, WorkloadBudget> budgets, Map<String, PodRef> names, Instant now) {
        reported.values().removeIf(at -> at.plus(BETWEEN_EVENTS).isBefore(now));
        List<News> news = new ArrayList<>();
        budgets.forEach((key, budget) -> {
            PodRef pod = names.get(key);
            if (pod != null && !budget.findings().isEmpty() && reported.putIfAbsent(key, now) == null) {
                news.add(new News(pod, budget.workload() + ": " + String.join(" | ", budget.sentences())));
            }
        });
        return news;
    }

    /** The result of the last round, by namespace and workload. */
    public List<WorkloadBudget> latest() {
        return latest;
    }
}
