package dev.lastcall.drain;

import org.jspecify.annotations.Nullable;

/** Kubernetes Events, written beside the work: never blocks a drain, never throws. */
public interface EventRecorder {

    /** On the own Node. {@code warning} chooses the type; reasons are those of the public list. */
    void onNode(boolean warning, String reason, String message);

    /** On a pod of this node; the API keeps such an event with the pod's namespace. */
    void onPod(PodRef pod, boolean warning, String reason, String message, @Nullable String action);
}
