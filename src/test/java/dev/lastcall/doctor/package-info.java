/** The rows of doctor, from facts. */
@NullMarked
package dev.lastcall.doctor;

import org.jspecify.annotations.NullMarked;
