/** What stands on the own Node: marks that others set, and the annotation with which a person simulates a notice. */
@NullMarked
package dev.lastcall.notice.nodemark;

import org.jspecify.annotations.NullMarked;
