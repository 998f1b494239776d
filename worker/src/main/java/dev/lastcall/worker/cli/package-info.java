/** The commands for people: submit, watch, results. */
@NullMarked
package dev.lastcall.worker.cli;

import org.jspecify.annotations.NullMarked;
