/** The container images: what is in them, that two builds are one, and how they run on a real engine. */
@NullMarked
package dev.lastcall.image;

import org.jspecify.annotations.NullMarked;
