/** What the chart in {@code daemonset/} promises. */
@NullMarked
package dev.lastcall.chart;

import org.jspecify.annotations.NullMarked;
