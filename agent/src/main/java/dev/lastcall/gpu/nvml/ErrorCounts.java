package dev.lastcall.gpu.nvml;

import dev.lastcall.gpu.GpuSnapshot.FailedCall;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Failed calls by function and code, over the life of the process. */
final class ErrorCounts {

    private final Map<FailedCall, Long> counts = new ConcurrentHashMap<>();

    void failed(String function, int code) {
        counts.merge(new FailedCall(function, Integer.toString(code)), 1L, Long::sum);
    }

    void overran(String function) {
        counts.merge(new FailedCall(function, "deadline"), 1L, Long::sum);
    }

    Map<FailedCall, Long> copy() {
        return Map.copyOf(counts);
    }
}
