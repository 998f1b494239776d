/** AWS: the instance metadata service, version 2, and what it says about this instance's end. */
@NullMarked
package dev.lastcall.notice.aws;

import org.jspecify.annotations.NullMarked;
