/** The dashboard and the rules in {@code dashboards/}: what they ask for exists, and what they say is so. */
@NullMarked
package dev.lastcall.dashboards;

import org.jspecify.annotations.NullMarked;
