/** What users may set, checked before anything is touched. */
@NullMarked
package dev.lastcall.config;

import org.jspecify.annotations.NullMarked;
