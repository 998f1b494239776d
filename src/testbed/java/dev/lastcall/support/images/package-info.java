/** Container images made from local files, in the format of {@code docker save}: nothing is pulled from anywhere. */
@NullMarked
package dev.lastcall.support.images;

import org.jspecify.annotations.NullMarked;
