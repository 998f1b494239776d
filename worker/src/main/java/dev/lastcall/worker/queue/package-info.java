/** The queue in Redis: the only place that knows Redis. */
@NullMarked
package dev.lastcall.worker.queue;

import org.jspecify.annotations.NullMarked;
