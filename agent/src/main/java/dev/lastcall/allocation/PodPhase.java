package dev.lastcall.allocation;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A pod as the watch shows it.
 *
 * @param finished Succeeded or Failed: nothing of it runs any more
 */
public record PodPhase(PodName pod, boolean finished) {

    /**
     * The names under which nothing runs any more. A name that also stands for a pod that is not finished is not among them:
     * a StatefulSet uses a name again while the old pod may still be shown.
     */
    static Set<PodName> finished(List<PodPhase> seen) {
        Set<PodName> alive =
                seen.stream().filter(pod -> !pod.finished()).map(PodPhase::pod).collect(Collectors.toUnmodifiableSet());
        return seen.stream()
                .map(PodPhase::pod)
                .filter(pod -> !alive.contains(pod))
                .collect(Collectors.toUnmodifiableSet());
    }
}
