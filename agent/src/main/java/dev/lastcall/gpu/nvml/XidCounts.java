package dev.lastcall.gpu.nvml;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * XID errors by GPU and number since the process started; a new session does not set them back. By UUID: when a GPU falls off
 * the bus, those behind it move up one index in the next session, and its errors must not become theirs.
 */
final class XidCounts {

    /**
     * Numbers that stand at 0 from the moment the driver's events of a GPU can be heard: those of applications (13, 31, 43, 45), of
     * memory (48, 63, 64, 94, 95), of NVLink (74), of the bus (79) and of the firmware (119). A counter that appears with its first 1 has
     * no increase, and most of these come once. The other numbers, some hundred, appear when they come.
     */
    static final Set<Long> EXPECTED = Set.of(13L, 31L, 43L, 45L, 48L, 63L, 64L, 74L, 79L, 94L, 95L, 119L);

    private final Map<String, Map<Long, Long>> byUuid = new ConcurrentHashMap<>();

    /** The driver reports the XIDs of this GPU from now on: 0 of them is knowledge, not ignorance. */
    void heard(String uuid) {
        Map<Long, Long> counts = byUuid.computeIfAbsent(uuid, _ -> new ConcurrentHashMap<>());
        EXPECTED.forEach(xid -> counts.putIfAbsent(xid, 0L));
    }

    void add(String uuid, long xid) {
        byUuid.computeIfAbsent(uuid, _ -> new ConcurrentHashMap<>()).merge(xid, 1L, Long::sum);
    }

    Map<Long, Long> of(String uuid) {
        return Map.copyOf(byUuid.getOrDefault(uuid, Map.of()));
    }
}
