/** What tests run the worker against: a real Redis, an engine that speaks OpenAI, the packaged worker. */
@NullMarked
package dev.lastcall.worker.support;

import org.jspecify.annotations.NullMarked;
