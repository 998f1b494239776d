/** {@code make verify-gpu}: what the agent publishes of this machine's GPUs against what nvidia-smi says in the same second. */
@NullMarked
package dev.lastcall.verify;

import org.jspecify.annotations.NullMarked;
