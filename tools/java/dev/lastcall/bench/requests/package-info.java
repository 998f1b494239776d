/**
 * Thousands of requests through drains in stepped time: the product's own drain, rotation rule, withdrawals and ledger; engines,
 * routers, kubelet and API server in memory.
 */
@NullMarked
package dev.lastcall.bench.requests;

import org.jspecify.annotations.NullMarked;
