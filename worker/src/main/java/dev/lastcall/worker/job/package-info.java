/** Jobs, results and dead letters as they stand in the queue. */
@NullMarked
package dev.lastcall.worker.job;

import org.jspecify.annotations.NullMarked;
