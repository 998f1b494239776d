/** KEDA's real operator and metrics adapter beside a control plane, and a real Prometheus whose targets come and go. */
@NullMarked
package dev.lastcall.support.keda;

import org.jspecify.annotations.NullMarked;
