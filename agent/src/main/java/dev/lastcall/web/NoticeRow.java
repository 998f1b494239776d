package dev.lastcall.web;

import dev.lastcall.notice.Notice;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A notice in the state document.
 *
 * @param deadline null where none is known
 */
public record NoticeRow(
        String id, String kind, String source, @Nullable Instant deadline, Instant noticedAt) {

    public static NoticeRow of(Notice notice) {
        return new NoticeRow(
                notice.id(), notice.kind().label(), notice.source(), notice.deadline(), notice.noticedAt());
    }
}
