package dev.lastcall.drain;

import java.util.Optional;

/** The own Node. Steady state is one watch: {@link #latest()} never asks the API server. */
public interface NodeGateway {

    /** The Node as the watch last showed it; empty until first seen or when it does not exist. */
    Optional<NodeView> latest();

    /** A fresh GET, for after a conflict; empty when the Node does not exist or no answer came. */
    Optional<NodeView> read();

    /** Sends the patch once, with the resourceVersion it was computed from; never retries by itself. */
    PatchAnswer patch(NodePatch patch);
}
