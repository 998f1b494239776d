package dev.lastcall.notice;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the notice side needs to know of the own Node before it asks anybody.
 *
 * @param nodeName {@code metadata.name}
 * @param providerId {@code spec.providerID}
 * @param bootId {@code status.nodeInfo.bootID}
 * @param gpus whether the node has GPUs, asked when it matters: they become allocatable minutes after the node was born.
 *     A GCP VM with GPUs gets 60 minutes before host maintenance, another one 60 seconds
 * @param atRiskSince the annotation {@code lastcall.dev/at-risk}: a source that names no time counts from there
 *     after a restart
 * @param resumed the drain that stands in the Node's annotation, finished or not; empty if there is none or it was
 *     cancelled
 */
public record NodeFacts(
        @Nullable String nodeName,
        @Nullable String providerId,
        @Nullable String bootId,
        BooleanSupplier gpus,
        @Nullable Instant atRiskSince,
        Optional<ResumedNotice> resumed) {

    /** Nothing is known: no API server. */
    public static NodeFacts unknown() {
        return new NodeFacts(null, null, null, () -> false, null, Optional.empty());
    }

    /** Where the facts come from. */
    @FunctionalInterface
    public interface Provider {
        /** Completes once, when the own Node has been read for the first time. */
        CompletionStage<NodeFacts> facts();
    }
}
