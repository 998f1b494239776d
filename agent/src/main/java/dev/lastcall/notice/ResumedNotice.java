package dev.lastcall.notice;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The notice of a drain that an earlier life of the agent began, as the Node's annotation keeps it.
 *
 * @param noticedAt when that drain began
 * @param bootId the node's boot id when it began; null where the annotation does not say
 * @param done whether that drain had ended
 */
public record ResumedNotice(
        Interruption interruption,
        Instant noticedAt,
        @Nullable String bootId,
        boolean done) {

    Notice notice() {
        return new Notice(interruption, noticedAt, 0L);
    }

    /** True if the node has certainly been rebooted since. */
    boolean rebootedSince(@Nullable String currentBootId) {
        return bootId != null && currentBootId != null && !bootId.equals(currentBootId);
    }
}
