/** A drain under way: its threads, its waiting, its writes; what to do next is decided by the values of {@code drain}. */
@NullMarked
package dev.lastcall.drain.run;

import org.jspecify.annotations.NullMarked;
