package dev.lastcall.gpu.nvml;

import java.time.Duration;

/**
 * @param library name or path of NVML, {@code libnvidia-ml.so.1}
 * @param callTimeout after which a call that has not returned makes its GPU stale
 * @param retryFirst wait before the first new attempt after a failed init; doubles up to {@code retryMax}
 */
public record NvmlOptions(String library, Duration callTimeout, Duration retryFirst, Duration retryMax) {

    public static NvmlOptions of(String library, Duration callTimeout) {
        return new NvmlOptions(library, callTimeout, Duration.ofSeconds(1), Duration.ofMinutes(1));
    }
}
