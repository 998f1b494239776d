/** Measurements; they assert nothing, and no test runs one. The tests here are of what they parse. */
@NullMarked
package dev.lastcall.bench;

import org.jspecify.annotations.NullMarked;
