package dev.lastcall.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which GPUs ask for recovery, kept from scan to scan. What cannot be read takes nothing back: a GPU that fell off the bus
 * after it asked for a reset has not become well by it.
 *
 * @param standing by UUID; only actions that are needed
 */
public record RecoveryAdvice(Map<String, RecoveryAction> standing) {

    public static final RecoveryAdvice NONE = new RecoveryAdvice(Map.of());

    public RecoveryAdvice {
        standing = Map.copyOf(standing);
    }

    /** A GPU that asks for something else than it did before. */
    public record Change(int index, String uuid, String model, RecoveryAction action) {}

    /**
     * @param after what stands now
     * @param changes in this scan, by index
     */
    public record Step(RecoveryAdvice after, List<Change> changes) {}

    /** Once per change: a GPU that asks for the same as before is not in the list. */
    public Step next(GpuSnapshot snapshot) {
        Map<String, RecoveryAction> now = new TreeMap<>(standing);
        List<Change> changes = new ArrayList<>();
        for (Gpu gpu : snapshot.gpus()) {
            gpu.fresh()
                    .ifPresent(state -> state.readings()
                            .recoveryAction()
                            .optional()
                            .ifPresent(code -> {
                                GpuIdentity who = state.identity();
                                RecoveryAction action = new RecoveryAction(code);
                                RecoveryAction before = standing.getOrDefault(who.uuid(), new RecoveryAction(0));
                                if (!action.equals(before)) {
                                    changes.add(new Change(gpu.index(), who.uuid(), who.model(), action));
                                }
                                if (action.needed()) {
                                    now.put(who.uuid(), action);
                                } else {
                                    now.remove(who.uuid());
                                }
                            }));
        }
        return new Step(new RecoveryAdvice(now), changes);
    }
}
