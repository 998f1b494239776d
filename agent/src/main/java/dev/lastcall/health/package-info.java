/** Liveness, readiness and start: what the kubelet asks, and the port through which others answer. */
@NullMarked
package dev.lastcall.health;

import org.jspecify.annotations.NullMarked;
