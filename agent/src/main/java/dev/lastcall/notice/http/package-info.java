/** The one client for every metadata service: short, capped, deaf to proxies and redirects, and silent about secrets. */
@NullMarked
package dev.lastcall.notice.http;

import org.jspecify.annotations.NullMarked;
