@NullMarked
package dev.lastcall.serving.findings;

import org.jspecify.annotations.NullMarked;
