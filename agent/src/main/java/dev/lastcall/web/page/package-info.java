/** The status page as values: from the state document to what the template shows. Pure. */
@NullMarked
package dev.lastcall.web.page;

import org.jspecify.annotations.NullMarked;
