/** Interruption notices: what a source says, how sure it is, and the ledger that turns polls into one notice. */
@NullMarked
package dev.lastcall.notice;

import org.jspecify.annotations.NullMarked;
