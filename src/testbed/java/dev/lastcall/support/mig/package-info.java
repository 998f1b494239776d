/** MIG geometries by model, and a slow, obviously right account of what fits on them. */
@NullMarked
package dev.lastcall.support.mig;

import org.jspecify.annotations.NullMarked;
