/** Prometheus as it would scrape a cluster: the operator's own configuration, and what is discovered at the API server. */
@NullMarked
package dev.lastcall.support.scrape;

import org.jspecify.annotations.NullMarked;
