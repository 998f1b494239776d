package dev.lastcall.gpu.nvml;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * XID errors by GPU and number since the process started; a new session does not set them back. By UUID: when a GPU falls off
 * the bus, those behind it move up one index in the next session, and its errors must not become theirs.
 */
final class XidCounts {

    private final Map<String, Map<Long, Long>> byUuid = new ConcurrentHashMap<>();

    void add(String uuid, long xid) {
        byUuid.computeIfAbsent(uuid, _ -> new ConcurrentHashMap<>()).merge(xid, 1L, Long::sum);
    }

    Map<Long, Long> of(String uuid) {
        return Map.copyOf(byUuid.getOrDefault(uuid, Map.of()));
    }
}
