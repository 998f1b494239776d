/** What becomes of a service when the node of its pods goes, by who drains the node. */
@NullMarked
package dev.lastcall.bench.surge;

import org.jspecify.annotations.NullMarked;
