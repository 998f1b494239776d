/** As much of HTTP/1.1 as the testbed's engine, router and load client need, with every FIN and RST visible. */
@NullMarked
package dev.lastcall.support.http;

import org.jspecify.annotations.NullMarked;
