/** The definitions of fragmentation, held against brute force. */
@NullMarked
package dev.lastcall.fragmentation;

import org.jspecify.annotations.NullMarked;
