/**
 * Who may leave the routers: the rule that keeps the last pods of a service serving while their replacements start. Pure; what it
 * judges by comes through {@link dev.lastcall.serving.rotation.Neighbours}.
 */
@NullMarked
package dev.lastcall.serving.rotation;

import org.jspecify.annotations.NullMarked;
