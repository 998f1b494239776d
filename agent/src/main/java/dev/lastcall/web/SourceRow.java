package dev.lastcall.web;

import dev.lastcall.notice.SourceHealth;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A notice source in the state document.
 *
 * @param code of the last failure; null while up
 */
public record SourceRow(
        String source,
        boolean up,
        @Nullable Instant lastSuccess,
        @Nullable String code,
        String cause) {

    public static SourceRow of(SourceHealth health) {
        return new SourceRow(
                health.id().label(), health.up(), health.lastSuccess(), health.code(), health.likelyCause());
    }
}
