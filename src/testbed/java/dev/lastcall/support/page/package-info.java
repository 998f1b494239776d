/** The published description of the state, for tests that hold answers against it. */
@NullMarked
package dev.lastcall.support.page;

import org.jspecify.annotations.NullMarked;
