package dev.lastcall.worker.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One request to answer.
 *
 * @param endpoint the path at the engine, e.g. /v1/chat/completions
 * @param request the body that the producer wrote
 * @param deadline after which nobody wants the answer
 * @param order where it stood in what was submitted; sorts as text
 */
public record Job(
        String id,
        String endpoint,
        ObjectNode request,
        @Nullable Instant deadline,
        @Nullable String order) implements JobReading {}
