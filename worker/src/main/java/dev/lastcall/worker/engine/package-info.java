/** Requests to an OpenAI-like engine, what comes back, and how a cut answer goes on. */
@NullMarked
package dev.lastcall.worker.engine;

import org.jspecify.annotations.NullMarked;
