/** A node for tests: registers itself, runs the pods bound to it as plain Java programs, and obeys as a kubelet does. */
@NullMarked
package dev.lastcall.support.kubelet;

import org.jspecify.annotations.NullMarked;
