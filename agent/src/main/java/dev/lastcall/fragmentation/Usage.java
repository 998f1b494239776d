package dev.lastcall.fragmentation;

import java.util.Set;

/** Which instances a container holds, as far as the kubelet reported. */
public sealed interface Usage {

    /** The kubelet was not asked or did not answer: what depends on it is absent, not zero. */
    record Unknown() implements Usage {}

    /**
     * The kubelet's word.
     *
     * @param allocated the instances a container holds; one that is no longer in the layout is ignored
     * @param wholeGpu a container holds the GPU as a whole
     */
    record Known(Set<Placement> allocated, boolean wholeGpu) implements Usage {
        public Known {
            allocated = Set.copyOf(allocated);
        }
    }
}
