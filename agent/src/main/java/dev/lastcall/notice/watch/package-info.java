/** Asking the sources: which question when, on which thread, and what the ledger makes of the answers. */
@NullMarked
package dev.lastcall.notice.watch;

import org.jspecify.annotations.NullMarked;
