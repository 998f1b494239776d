/** A gateway for tests: streams requests to the pods that are in rotation, by the rules real gateways follow. */
@NullMarked
package dev.lastcall.support.router;

import org.jspecify.annotations.NullMarked;
