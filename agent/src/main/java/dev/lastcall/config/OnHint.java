package dev.lastcall.config;

/** What a hint does: a GPU's recovery action ({@code lastcall.gpu.advice}), or AWS's advice to rebalance. */
public enum OnHint {
    /** The node is at risk; nothing is drained. */
    MARK,
    /** It drains the node; of a GPU only the driver's own "drain" does, every other action is a mark. */
    DRAIN,
    /** Log and metric only. */
    IGNORE
}
