/** {@code lastcall-agent lint}: manifests in, findings out. Reads files and standard input, contacts nothing. */
@NullMarked
package dev.lastcall.lint;

import org.jspecify.annotations.NullMarked;
