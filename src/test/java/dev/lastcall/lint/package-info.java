@NullMarked
package dev.lastcall.lint;

import org.jspecify.annotations.NullMarked;
