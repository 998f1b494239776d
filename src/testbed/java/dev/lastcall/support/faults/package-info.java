/** Trouble on demand between the agent and the API server, and a record of everything that was said. */
@NullMarked
package dev.lastcall.support.faults;

import org.jspecify.annotations.NullMarked;
