/** What lint says of a manifest, held against what a drain of exactly that manifest does. */
@NullMarked
package dev.lastcall.lint.truth;

import org.jspecify.annotations.NullMarked;
