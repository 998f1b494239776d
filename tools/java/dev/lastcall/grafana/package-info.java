/** Writes the Grafana dashboards from their readable source in {@code dashboards/source}. */
@org.jspecify.annotations.NullMarked
package dev.lastcall.grafana;
