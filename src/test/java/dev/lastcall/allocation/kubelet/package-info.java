/** Tests of the kubelet's socket. */
@NullMarked
package dev.lastcall.allocation.kubelet;

import org.jspecify.annotations.NullMarked;
