/** The simulated NVML library for tests. */
@NullMarked
package dev.lastcall.support.nvml;

import org.jspecify.annotations.NullMarked;
