package dev.lastcall.gpu.nvml;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** XID errors by GPU and number since the process started; a new session does not set them back. */
final class XidCounts {

    private final Map<Integer, Map<Long, Long>> byGpu = new ConcurrentHashMap<>();

    void add(int gpu, long xid) {
        byGpu.computeIfAbsent(gpu, _ -> new ConcurrentHashMap<>()).merge(xid, 1L, Long::sum);
    }

    Map<Long, Long> of(int gpu) {
        return Map.copyOf(byGpu.getOrDefault(gpu, Map.of()));
    }
}
