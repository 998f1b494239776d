/** The ports of a drain in memory, and samples of what they show. */
@NullMarked
package dev.lastcall.support.drain;

import org.jspecify.annotations.NullMarked;
