package dev.lastcall.serving.rotation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A pod of a service, reduced to what decides about rotation.
 *
 * @param ready its Ready condition is True and nobody has deleted it
 * @param inRotation no mark of Lastcall takes it out of its routers (label, readiness gate, AIBrix' annotation)
 * @param doomedAt when its node goes, by the annotation {@code lastcall.dev/drain-deadline} that the agent of its node has written;
 *     null while its node stays
 * @param kept its agent has said by the annotation {@code lastcall.dev/kept} that it serves on: only then may another agent count on it
 */
public record Endpoint(
        String uid,
        boolean ready,
        boolean inRotation,
        @Nullable Instant doomedAt,
        boolean kept) {

    /** Routers send requests to it. */
    boolean serving() {
        return ready && inRotation;
    }

    /** It serves, and goes on serving when the interruption is over. */
    boolean stays() {
        return serving() && doomedAt == null;
    }
}
