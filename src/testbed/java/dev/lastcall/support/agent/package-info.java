/** The packaged program as a black box, for tests and the demo. */
package dev.lastcall.support.agent;
