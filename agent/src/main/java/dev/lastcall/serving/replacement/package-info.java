/** Whether the pod that is to take a doomed pod's place may be created while the old one still runs. */
@NullMarked
package dev.lastcall.serving.replacement;

import org.jspecify.annotations.NullMarked;
