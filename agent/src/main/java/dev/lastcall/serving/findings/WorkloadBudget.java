package dev.lastcall.serving.findings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a node knows of one workload's chance to survive a notice: the worst of its pods.
 *
 * @param deficits window to what is missing; zero or less fits; without an entry it is unknown
 * @param findings public names
 * @param sentences one per finding, for people
 */
public record WorkloadBudget(
        String namespace,
        String workload,
        Map<Window, Duration> deficits,
        Set<String> findings,
        List<String> sentences) {

    public static WorkloadBudget of(
            String namespace, String workload, EngineFacts engine, List<Finding> findings, Terms terms) {
        Map<Window, Duration> deficits = new LinkedHashMap<>();
        for (Window window : terms.windows()) {
            DrainBudget.deficit(engine, terms, window).ifPresent(deficit -> deficits.put(window, deficit));
        }
        Set<String> names = new LinkedHashSet<>();
        List<String> sentences = new ArrayList<>();
        for (Finding finding : findings) {
            names.add(finding.name());
            sentences.add(finding.name()
                    + finding.window()
                            .map(window -> " (" + window.label() + ")")
                            .orElse("") + ": " + finding.message()
                    + "; remedy: " + finding.remedy());
        }
        return new WorkloadBudget(namespace, workload, deficits, names, sentences);
    }

    /** Both pods' findings, and the larger deficits. */
    public WorkloadBudget and(WorkloadBudget other) {
        Map<Window, Duration> worst = new LinkedHashMap<>(deficits);
        other.deficits.forEach(
                (window, deficit) -> worst.merge(window, deficit, (one, two) -> one.compareTo(two) < 0 ? two : one));
        Set<String> names = new LinkedHashSet<>(findings);
        names.addAll(other.findings);
        Set<String> all = new LinkedHashSet<>(sentences);
        all.addAll(other.sentences);
        return new WorkloadBudget(namespace, workload, worst, names, List.copyOf(all));
    }
}
