/** What runs beside a test, and has to be closed again. */
@NullMarked
package dev.lastcall.support.process;

import org.jspecify.annotations.NullMarked;
