/** Helm, kubeconform and promtool as child processes, and what a render consists of. */
@NullMarked
package dev.lastcall.support.chart;

import org.jspecify.annotations.NullMarked;
