/** The packaged worker, from outside. */
@NullMarked
package dev.lastcall.worker.it;

import org.jspecify.annotations.NullMarked;
