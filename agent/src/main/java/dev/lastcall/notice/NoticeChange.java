package dev.lastcall.notice;

/** What the ledger tells the pipeline: the payload of the channel {@code interruption-notices}. */
public sealed interface NoticeChange {

    /** The notice the change is about. */
    Notice notice();

    /** A notice that calls for a drain, seen for the first time. */
    record Began(Notice notice) implements NoticeChange {}

    /**
     * A more certain or earlier notice takes over the running drain, or its own deadline moved earlier. The drain keeps
     * its id: {@code notice.id()} equals {@code previous.id()}, everything else is what now holds.
     */
    record TookOver(Notice previous, Notice notice) implements NoticeChange {}

    /** A hint: the node is at risk, nothing is withdrawn. */
    record AtRisk(Notice notice) implements NoticeChange {}

    /** The source withdrew a notice that can be withdrawn, before its deadline. */
    record Cancelled(Notice notice, String reason) implements NoticeChange {}

    /**
     * The interruption is behind the node: it was rebooted, or its deadline passed and the source no longer names it.
     * Nothing was cancelled; what Lastcall set on the Node has served its purpose.
     */
    record Ended(Notice notice, String reason) implements NoticeChange {}
}
