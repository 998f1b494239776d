package dev.lastcall.migplan;

import dev.lastcall.fragmentation.Placement;
import java.util.List;

/** The change of one GPU: first the idle instances are destroyed, then the others are created. */
public record Step(PlanGpu gpu, List<Placement> destroy, List<Placement> create) {

    public Step {
        destroy = List.copyOf(destroy);
        create = List.copyOf(create);
    }
}
