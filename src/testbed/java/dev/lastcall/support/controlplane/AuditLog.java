package dev.lastcall.support.controlplane;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the API server's audit log, which is written before a request's answer is complete: what a client saw answered
 * is in here. A watch appears twice, when it starts and when it ends; {@link #requests(long)} folds that into one.
 */
public final class AuditLog {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    AuditLog(Path file) {
        this.file = file;
    }

    /** The position after everything written so far, for {@link #events(long)}. */
    public long mark() {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every stage of every request since {@code mark}. */
    public List<AuditEvent> events(long mark) {
        List<AuditEvent> events = new ArrayList<>();
        if (!Files.exists(file)) {
            return events;
        }
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            log.seek(mark);
            byte[] bytes = new byte[Math.toIntExact(log.length() - mark)];
            log.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            // The last line may still be in the writing.
            int end = text.lastIndexOf('\n') + 1;
            for (String line : text.substring(0, end).split("\n", -1)) {
                if (!line.isBlank()) {
                    events.add(AuditEvent.parse(JSON.readTree(line)));
                }
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the audit log " + file, e);
        }
    }

    /** Each request since {@code mark} once, by its latest stage. */
    public List<AuditEvent> requests(long mark) {
        Map<String, AuditEvent> latest = new LinkedHashMap<>();
        events(mark).forEach(event -> latest.put(event.auditId(), event));
        return List.copyOf(latest.values());
    }

    /** Each request that {@code user} made since {@code mark} once. */
    public List<AuditEvent> requestsOf(String user, long mark) {
        return requests(mark).stream()
                .filter(event -> event.user().equals(user))
                .toList();
    }
}
