package dev.lastcall.drain.run;

import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodRef;
import java.time.Duration;

/** The condition that an eviction sets and a bare deletion does not; a Job's podFailurePolicy goes by it. */
final class DisruptionTarget {
    private static final String CONDITION = "DisruptionTarget";
    /** The deletion waits for it, and there is little time. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final DrainContext context;
    private final PodRef pod;
    private boolean asked;

    DisruptionTarget(DrainContext context, PodRef pod) {
        this.context = context;
        this.pod = pod;
    }

    /** Once; a pod that cannot be marked is deleted all the same, and the report says so. */
    void mark() {
        if (asked) {
            return;
        }
        asked = true;
        boolean marked = context.pod(pod)
                .filter(latest -> "True".equals(latest.conditions().get(CONDITION)))
                .isPresent();
        if (marked) {
            return;
        }
        var _ = Guarded.run(
                () -> {
                    var answer = context.pods()
                            .condition(
                                    pod,
                                    CONDITION,
                                    true,
                                    "DeletionByLastcall",
                                    "Lastcall: the node is being reclaimed and the eviction was not granted",
                                    PATIENCE);
                    switch (answer) {
                        case PatchAnswer.Done _, PatchAnswer.Missing _ -> {
                            // As wanted, or no longer needed.
                        }
                        default ->
                            context.finding(pod + " was deleted without the condition DisruptionTarget: a Job"
                                    + " counts it as a failure (" + answer + ")");
                    }
                },
                defect -> context.defect("mark of " + pod, defect));
    }
}
