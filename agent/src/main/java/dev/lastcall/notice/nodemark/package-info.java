/** What stands on the own Node: marks that others set, and the annotation with which a person rehearses. */
@NullMarked
package dev.lastcall.notice.nodemark;

import org.jspecify.annotations.NullMarked;
