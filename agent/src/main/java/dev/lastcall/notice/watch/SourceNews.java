package dev.lastcall.notice.watch;

import dev.lastcall.notice.Notice;
import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import java.util.List;

/** Called with what sources say and how they do, for those who count. Called on the sources' own threads: be quick. */
public interface SourceNews {

    /** How this source does by now; the first call makes it known. */
    void source(SourceHealth now);

    /** One failed reading. */
    void sourceFailed(SourceId id, String code);

    /** A notice nobody had seen before. */
    void noticed(Notice notice);

    /** All notices that are known and not over. */
    void active(List<Notice> notices);
}
