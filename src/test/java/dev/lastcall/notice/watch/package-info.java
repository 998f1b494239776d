@NullMarked
package dev.lastcall.notice.watch;

import org.jspecify.annotations.NullMarked;
