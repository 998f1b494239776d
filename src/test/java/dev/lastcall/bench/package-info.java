/** Micro benchmarks; they assert nothing and no test runs them. */
@NullMarked
package dev.lastcall.bench;

import org.jspecify.annotations.NullMarked;
