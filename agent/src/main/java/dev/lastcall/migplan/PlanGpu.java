package dev.lastcall.migplan;

import dev.lastcall.fragmentation.Geometry;
import dev.lastcall.fragmentation.Placement;
import java.util.List;

/**
 * A GPU with MIG on, as the plan sees it.
 *
 * @param held instances that a container holds, or of which nobody knows: they stay
 * @param idle instances that no container holds: the plan may destroy them
 */
public record PlanGpu(
        String node, int index, String uuid, Geometry geometry, List<Placement> held, List<Placement> idle) {

    public PlanGpu {
        held = List.copyOf(held);
        idle = List.copyOf(idle);
    }
}
