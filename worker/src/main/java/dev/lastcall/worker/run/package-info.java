/** The loop: claim, answer, settle; what an answer means for its job, and when the worker ends. */
@NullMarked
package dev.lastcall.worker.run;

import org.jspecify.annotations.NullMarked;
