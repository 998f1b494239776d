/** The series of /metrics and the health checks. */
@NullMarked
package dev.lastcall.worker.metrics;

import org.jspecify.annotations.NullMarked;
