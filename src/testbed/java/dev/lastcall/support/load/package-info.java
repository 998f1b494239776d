/** Clients for tests that know for each request what became of it, without asking anybody. */
@NullMarked
package dev.lastcall.support.load;

import org.jspecify.annotations.NullMarked;
