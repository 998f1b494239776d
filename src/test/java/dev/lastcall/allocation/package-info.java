/** Tests of who holds which device. */
@NullMarked
package dev.lastcall.allocation;

import org.jspecify.annotations.NullMarked;
