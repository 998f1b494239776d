/** The packaged agent against a real control plane. */
@NullMarked
package dev.lastcall.it;

import org.jspecify.annotations.NullMarked;
