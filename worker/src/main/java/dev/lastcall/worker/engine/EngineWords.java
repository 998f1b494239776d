package dev.lastcall.worker.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.worker.job.Json;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** What an engine says when it refuses. */
final class EngineWords {

    private static final int LONGEST = 500;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private EngineWords() {}

    /** The message in OpenAI's, FastAPI's or no form, on one line. */
    static String of(Json json, String body) {
        String words = body;
        try {
            words = of(json.read(body));
        } catch (JsonProcessingException e) {
            // Plain text, or a proxy's page.
        }
        String line = words.replaceAll("\\s+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }

    static String of(JsonNode body) {
        for (String path : new String[] {"/error/message", "/error", "/message", "/detail"}) {
            JsonNode message = body.at(path);
            if (message.isTextual()) {
                return message.textValue();
            }
            if (path.equals("/detail") && message.isArray()) {
                return message.toString();
            }
        }
        return body.isTextual() ? body.textValue() : body.toString();
    }

    /** Why there is no reply. */
    static String of(@Nullable Throwable failure) {
        if (failure == null) {
            return "no answer";
        }
        String message = failure.getMessage();
        String name = failure.getClass().getSimpleName();
        return message == null ? name : name + ": " + message;
    }

    /** Retry-After as seconds or as a date; null where there is none or it can't be read. */
    static @Nullable Duration retryAfter(@Nullable String header, Instant now) {
        if (header == null) {
            return null;
        }
        String value = header.strip();
        try {
            Duration wait = value.chars().allMatch(Character::isDigit)
                    ? Duration.ofSeconds(Long.parseLong(value))
                    : Duration.between(
                            now,
                            ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            if (wait.isNegative()) {
                return Duration.ZERO;
            }
            return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
        } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
            return null;
        }
    }
}
