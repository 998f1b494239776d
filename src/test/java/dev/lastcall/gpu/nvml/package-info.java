@NullMarked
package dev.lastcall.gpu.nvml;

import org.jspecify.annotations.NullMarked;
