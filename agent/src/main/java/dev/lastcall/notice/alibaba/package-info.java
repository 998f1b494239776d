/** Alibaba Cloud: the time at which a preemptible instance is released. */
@NullMarked
package dev.lastcall.notice.alibaba;

import org.jspecify.annotations.NullMarked;
