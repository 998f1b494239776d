package dev.lastcall.drain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The codec of the drain's annotations. */
public final class DrainRecords {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DrainRecords() {}

    /** Empty where there is none, or none that can be read: a hand-written one must not stop the agent. */
    public static Optional<DrainRecord> read(Map<String, String> annotations) {
        return json(annotations.get(NodeMarks.DRAIN)).flatMap(DrainRecord::fromMap);
    }

    /** The text of an annotation. */
    public static String write(Map<String, Object> map) {
        try {
            return JSON.writeValueAsString(map);
        } catch (JsonProcessingException impossible) {
            // Maps of strings, numbers and lists always have a JSON form.
            throw new UncheckedIOException(impossible);
        }
    }

    /** An annotation's JSON object. */
    public static Optional<Map<String, Object>> json(@Nullable String text) {
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
