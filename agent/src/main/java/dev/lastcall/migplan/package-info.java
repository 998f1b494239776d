/** Which MIG instances to create, and which idle ones to destroy, so that pending ones fit: a search over values. */
@NullMarked
package dev.lastcall.migplan;

import org.jspecify.annotations.NullMarked;
