/** Tells somebody outside the cluster what happens to this node, as CloudEvents over HTTP. */
@NullMarked
package dev.lastcall.webhook;

import org.jspecify.annotations.NullMarked;
