@NullMarked
package dev.lastcall.serving.rotation;

import org.jspecify.annotations.NullMarked;
