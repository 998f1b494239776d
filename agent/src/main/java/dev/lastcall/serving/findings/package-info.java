/** What would go wrong on a notice, seen before there is one: facts of a pod template in, findings with remedies out. */
@NullMarked
package dev.lastcall.serving.findings;

import org.jspecify.annotations.NullMarked;
