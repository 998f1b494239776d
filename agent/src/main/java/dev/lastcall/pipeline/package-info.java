/** The wiring: what runs when, and the three channels between the parts. */
@NullMarked
package dev.lastcall.pipeline;

import org.jspecify.annotations.NullMarked;
