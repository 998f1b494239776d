package dev.lastcall.allocation;

import java.util.List;

/** What came of asking the kubelet. */
public sealed interface PodResourcesAnswer {

    /** The kubelet's list, without what cannot be a GPU. */
    record Listed(List<HeldDevice> held) implements PodResourcesAnswer {
        public Listed {
            held = List.copyOf(held);
        }
    }

    /** There is no such file: no kubelet on this machine, its directory not mounted, or one that is just starting. */
    record NoSocket() implements PodResourcesAnswer {}

    /**
     * The kubelet was there, or something else was, and did not answer as it should.
     *
     * @param code gRPC's name of the status, {@code deadline_exceeded}
     * @param text for a person
     */
    record Failed(String code, String text) implements PodResourcesAnswer {}
}
