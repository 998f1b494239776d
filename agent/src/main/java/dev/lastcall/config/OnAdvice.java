package dev.lastcall.config;

/** What a GPU's recovery action does ({@code lastcall.gpu.advice}). */
public enum OnAdvice {
    /** The node is at risk; nothing is drained. */
    MARK,
    /** The driver's own "drain" drains the node; every other action is a mark. */
    DRAIN,
    /** Log and metric only. */
    IGNORE
}
