/** A real browser for the tests of the page, spoken to by its DevTools protocol. */
@NullMarked
package dev.lastcall.support.browser;

import org.jspecify.annotations.NullMarked;
