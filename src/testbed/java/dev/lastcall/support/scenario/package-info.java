/** A doomed node with all that stands around it: what every end-to-end test and the demo begin with. */
@NullMarked
package dev.lastcall.support.scenario;

import org.jspecify.annotations.NullMarked;
