/** One drain: every decision as a pure function of values, and the ports through which it acts. */
@NullMarked
package dev.lastcall.drain;

import org.jspecify.annotations.NullMarked;
