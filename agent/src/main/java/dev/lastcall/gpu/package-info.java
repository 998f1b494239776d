/** What the GPUs of this node are and do, as immutable values, and the port that reads them. Nothing here knows NVML. */
@NullMarked
package dev.lastcall.gpu;

import org.jspecify.annotations.NullMarked;
