/** A real Kubernetes control plane for tests: etcd, API server, controller manager and scheduler as child processes. */
@NullMarked
package dev.lastcall.support.controlplane;

import org.jspecify.annotations.NullMarked;
