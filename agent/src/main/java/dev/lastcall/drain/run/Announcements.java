package dev.lastcall.drain.run;

import dev.lastcall.notice.Notice;
import java.util.List;
import java.util.Optional;

/** What is announced for this node, as the notice side knows it. Safe for any thread. */
public interface Announcements {

    /** What the node has to be drained for, its drain about to begin, under way or done; empty if nothing. */
    Optional<Notice> held();

    /** Everything that is announced and not over. */
    List<Notice> active();

    /** Whether every source has had its first word, so that silence means something. */
    boolean heard();

    /** The drain under this id has ended, however it ended. */
    void drained(String id);

    /** The node has another boot than its drain: whatever held it is over. */
    void rebooted();
}
