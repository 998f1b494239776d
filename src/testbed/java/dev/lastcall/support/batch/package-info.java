/** The batch half of the serving stack: a real Redis, and the packaged worker as a container of the testbed. */
@NullMarked
package dev.lastcall.support.batch;

import org.jspecify.annotations.NullMarked;
