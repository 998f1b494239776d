/** What the ways to ask for a replacement cost and bring, on the serving chart under the real KEDA. */
@NullMarked
package dev.lastcall.bench.modes;

import org.jspecify.annotations.NullMarked;
