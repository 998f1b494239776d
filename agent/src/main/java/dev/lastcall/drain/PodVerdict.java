package dev.lastcall.drain;

/** What a drain does with one pod. */
public sealed interface PodVerdict {

    /** Stays: the reason is one that a person understands. */
    record Skip(String reason) implements PodVerdict {}

    /** Goes at once. */
    record Evict() implements PodVerdict {}

    /** Serves: withdrawn at once, held until idle. */
    record Hold() implements PodVerdict {}

    /** Goes when all others are gone. */
    record Last() implements PodVerdict {}
}
