/** Azure Scheduled Events: what is going to happen to this machine, among all those an event may name. */
@NullMarked
package dev.lastcall.notice.azure;

import org.jspecify.annotations.NullMarked;
