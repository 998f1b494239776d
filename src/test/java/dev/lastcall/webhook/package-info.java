/** Tests of the webhook against a real HTTP server. */
@NullMarked
package dev.lastcall.webhook;

import org.jspecify.annotations.NullMarked;
