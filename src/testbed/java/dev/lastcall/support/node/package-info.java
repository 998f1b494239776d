/**
 * A real Kubernetes node for tests: kubelet, containerd, runc and CNI in namespaces of their own on this machine. Needs
 * root; a test that cannot have it is skipped with the reason printed.
 */
@NullMarked
package dev.lastcall.support.node;

import org.jspecify.annotations.NullMarked;
