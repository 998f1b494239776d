@NullMarked
package dev.lastcall.gpu;

import org.jspecify.annotations.NullMarked;
