/** Google Cloud: preemption and host maintenance, by long polls of the metadata server. */
@NullMarked
package dev.lastcall.notice.gcp;

import org.jspecify.annotations.NullMarked;
