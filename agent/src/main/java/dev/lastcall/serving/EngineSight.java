package dev.lastcall.serving;

import java.util.Set;

/** What one look at a pod's engines gave. */
public sealed interface EngineSight {

    /** @param ports behind which a known engine's counters stand */
    record Answers(Set<Integer> ports) implements EngineSight {}

    /** Nothing can be expected of it yet: it loads, or has no address. */
    record NotYet(String why) implements EngineSight {}

    /** @param why where it was looked and what came */
    record Trouble(String why) implements EngineSight {}
}
