package dev.lastcall.drain;

/** What a drain does with one pod. */
public sealed interface PodVerdict {

    /**
     * Stays: the reason is one that a person understands.
     *
     * @param tell somebody should change something about it: the reason stands in the report
     */
    record Skip(String reason, boolean tell) implements PodVerdict {}

    /** Goes at once; where another drainer is at work, at its force point. */
    record Evict() implements PodVerdict {}

    /** An engine that has never served: nothing is lost with it, and its replacement gains the whole notice. */
    record Release() implements PodVerdict {}

    /**
     * Serves: withdrawn at once, held until idle.
     *
     * @param group the multi-node group it is a worker of, whose silence says nothing; empty for any other pod
     */
    record Hold(String group) implements PodVerdict {}

    /** Serves, but must not be evicted: withdrawn, read and counted. */
    record Keep(String reason, boolean tell) implements PodVerdict {}

    /** Goes when all others are gone. */
    record Last() implements PodVerdict {}
}
