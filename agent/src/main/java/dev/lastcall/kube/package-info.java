/**
 * The API server: the own Node, the pods on it, and Events. The only package that may know the client library.
 *
 * <p>Verbs used, for the chart's roles: nodes get, list, watch, patch · pods get, list, watch, patch, delete · pods/status
 * patch · pods/eviction create · events create, patch.
 */
@NullMarked
package dev.lastcall.kube;

import org.jspecify.annotations.NullMarked;
