/** A release of the serving chart that runs: real KEDA, HPA and Prometheus, pods on scripted nodes of two pools, an agent on each spot node. */
@NullMarked
package dev.lastcall.support.stack;

import org.jspecify.annotations.NullMarked;
