/** What a person or a script reads over HTTP: the state as JSON and as a page. Read-only. */
@NullMarked
package dev.lastcall.web;

import org.jspecify.annotations.NullMarked;
