/** The kubelet's PodResources service, version 1, over its unix socket: the only package that knows gRPC. */
@NullMarked
package dev.lastcall.allocation.kubelet;

import org.jspecify.annotations.NullMarked;
