/** Engines for tests: one that behaves as vLLM 0.32 was seen to behave, and a real vLLM as a child process. */
@NullMarked
package dev.lastcall.support.engine;

import org.jspecify.annotations.NullMarked;
