/** The batch worker: takes jobs off a Redis list, has an engine answer them, and loses none. */
@NullMarked
package dev.lastcall.worker;

import org.jspecify.annotations.NullMarked;
