/** {@code make bench-worker}: what the packaged worker costs, and how soon another one has the job of one that ends. */
@NullMarked
package dev.lastcall.worker.bench;

import org.jspecify.annotations.NullMarked;
