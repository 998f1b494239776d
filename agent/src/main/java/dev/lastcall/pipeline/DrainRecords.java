package dev.lastcall.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.NodeMarks;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the drain's annotation. */
final class DrainRecords {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DrainRecords() {}

    /** Empty where there is none, or none that can be read: a hand-written one must not stop the agent. */
    static Optional<DrainRecord> read(Map<String, String> annotations) {
        return json(annotations.get(NodeMarks.DRAIN)).flatMap(DrainRecord::fromMap);
    }

    /** An annotation's JSON object. */
    static Optional<Map<String, Object>> json(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(text, new TypeReference<Map<String, Object>>() {}));
        } catch (JsonProcessingException unreadable) {
            return Optional.empty();
        }
    }
}
