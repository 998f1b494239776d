/** What {@code /metrics} says: the catalogue of series and the meters that fill it. Micrometer stays in here. */
@NullMarked
package dev.lastcall.metrics;

import org.jspecify.annotations.NullMarked;
