/** What engines say, what it means, and how their pods leave the routers. */
@NullMarked
package dev.lastcall.serving;

import org.jspecify.annotations.NullMarked;
