/**
 * What a MIG-partitioned GPU can still take, as pure functions of two values: the {@linkplain
 * dev.lastcall.fragmentation.Geometry geometry} the driver reports and the {@linkplain
 * dev.lastcall.fragmentation.Layout layout} of the GPU instances on it.
 */
@NullMarked
package dev.lastcall.fragmentation;

import org.jspecify.annotations.NullMarked;
