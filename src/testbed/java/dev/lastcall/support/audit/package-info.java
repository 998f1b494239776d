/** What can be said about the supply chain without asking anybody: licences, pins, checksums. */
@NullMarked
package dev.lastcall.support.audit;

import org.jspecify.annotations.NullMarked;
