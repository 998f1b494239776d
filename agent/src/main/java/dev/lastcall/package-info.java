/** Lastcall: a node agent that lets requests finish when the cloud takes a GPU node back. */
@NullMarked
package dev.lastcall;

import org.jspecify.annotations.NullMarked;
