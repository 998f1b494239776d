package dev.lastcall.drain;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What a withdrawal has written on a pod. */
public final class PodMarks {
    /** What a withdrawal changed, separated by commas; what is not named here is the user's. */
    public static final String WITHDRAWN = "lastcall.dev/withdrawn";

    private static final String DETACH = "detach";

    private PodMarks() {}

    /** The strategies that changed something, in the order they were applied; a copy. */
    public static Set<String> changed(PodView pod) {
        return changed(pod.annotations().getOrDefault(WITHDRAWN, ""));
    }

    private static Set<String> changed(String withdrawn) {
        return Arrays.stream(withdrawn.split(","))
                .filter(strategy -> !strategy.isBlank())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Whether the pod was taken from its ReplicaSet, so that its replacement starts at once. */
    public static boolean detached(PodView pod) {
        return changed(pod).contains(DETACH);
    }

    /** The same by the value of {@link #WITHDRAWN}, of a pod of any node; empty where it has none. */
    public static boolean detached(String withdrawn) {
        return changed(withdrawn).contains(DETACH);
    }
}
