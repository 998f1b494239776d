package dev.lastcall.notice;

/** What the ledger tells the pipeline: the payload of the channel {@code interruption-notices}. */
public sealed interface NoticeChange {

    /** The notice the change is about. */
    Notice notice();

    /** A notice that calls for a drain, seen for the first time. */
    record Began(Notice notice) implements NoticeChange {}

    /** A more certain or earlier notice takes over the running drain, which keeps its id. */
    record TookOver(Notice previous, Notice notice) implements NoticeChange {}

    /** A hint: the node is at risk, nothing is withdrawn. */
    record AtRisk(Notice notice) implements NoticeChange {}

    /** The source withdrew a notice that can be withdrawn, before its deadline. */
    record Cancelled(Notice notice, String reason) implements NoticeChange {}
}
