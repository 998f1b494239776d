/** Metadata services on the loopback address that do what a script says, faults included. */
@NullMarked
package dev.lastcall.support.metadata;

import org.jspecify.annotations.NullMarked;
