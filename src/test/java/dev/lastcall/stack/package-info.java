/** What the serving stack in {@code serving/} promises: chart, queries, rules, placement, and how they scale. */
@NullMarked
package dev.lastcall.stack;

import org.jspecify.annotations.NullMarked;
