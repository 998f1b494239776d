/** Serving pods: reading engines, leaving routers, and the ledger of requests. */
@NullMarked
package dev.lastcall.serving;

import org.jspecify.annotations.NullMarked;
