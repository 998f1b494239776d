/** {@code make demo}: one interruption as a person would watch it, and the same without an agent. */
@NullMarked
package dev.lastcall.demo;

import org.jspecify.annotations.NullMarked;
