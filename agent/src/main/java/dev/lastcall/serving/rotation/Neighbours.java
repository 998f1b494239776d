package dev.lastcall.serving.rotation;

import dev.lastcall.drain.PodView;
import java.util.List;

/** Reads who else serves what a doomed pod serves. Asked at a notice and while a pod is kept, never at rest. */
public interface Neighbours {

    /**
     * The services of this pod.
     *
     * @param notOlderThan the resourceVersion of the write that marked this pod as doomed; empty = whatever the API server's cache has.
     *     Of two agents that mark and then look at the same moment the later writer thus sees the earlier one's mark, so that never both
     *     leave
     */
    Sight of(PodView pod, String notOlderThan);

    /**
     * EndpointSlices that still show the pod as ready, in words that name the Service: its selector or its
     * {@code publishNotReadyAddresses} keeps the marks of a withdrawal without effect. Empty also where nothing could be read.
     */
    List<String> stillRouted(PodView pod);

    /** Where there is no API server to ask: nothing is known to select a pod. */
    Neighbours NONE = new Neighbours() {
        @Override
        public Sight of(PodView pod, String notOlderThan) {
            return new Sight.Seen(List.of());
        }

        @Override
        public List<String> stillRouted(PodView pod) {
            return List.of();
        }
    };

    /** What was seen. */
    sealed interface Sight {

        /** Everything that sends requests to the pod; empty where nothing selects it and it has no controller. */
        record Seen(List<Service> services) implements Sight {}

        /** No answer, or one that passes: ask again. */
        record Unclear(String reason) implements Sight {}

        /** The API server refuses the question: the agent may not know. */
        record Refused(String reason) implements Sight {}
    }
}
