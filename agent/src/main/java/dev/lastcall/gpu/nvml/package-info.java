/** {@link dev.lastcall.gpu.GpuReader} over NVIDIA's management library. JNA stays in here; nothing that changes a device is bound. */
@NullMarked
package dev.lastcall.gpu.nvml;

import org.jspecify.annotations.NullMarked;
