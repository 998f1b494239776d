/** Tencent Cloud: the time at which a spot instance is taken back, on Beijing's clock. */
@NullMarked
package dev.lastcall.notice.tencent;

import org.jspecify.annotations.NullMarked;
