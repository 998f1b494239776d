package dev.lastcall.web;

import org.jspecify.annotations.Nullable;

/**
 * One member of {@code /api/v1/state}, for example {@code notices}, {@code drain}, {@code lastReport} or {@code gpus}.
 * Every CDI bean of this type contributes. {@code openapi.yaml} describes each, and {@code web.page} shows those it knows.
 */
public interface StateSection {

    /** The member's name in the JSON document, camelCase. */
    String name();

    /** Its place in the document, smallest first: drain 10, notices 20, lastReport 30, gpus 40, findings 50. */
    default int order() {
        return 100;
    }

    /**
     * A record, map, list or scalar that Jackson can write; null leaves the member out. Answers from memory and at
     * once. Instants are {@link java.time.Instant}; durations are numbers whose name ends in their unit
     * ({@code unusedNoticeMs}).
     */
    @Nullable
    Object value();
}
