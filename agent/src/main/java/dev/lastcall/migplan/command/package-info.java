/** The command {@code mig-plan}: reads the state of agents and prints a plan. It writes nothing anywhere. */
@NullMarked
package dev.lastcall.migplan.command;

import org.jspecify.annotations.NullMarked;
