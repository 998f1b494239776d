/** The drain's pure decisions, without a cluster. */
@NullMarked
package dev.lastcall.drain.run;

import org.jspecify.annotations.NullMarked;
