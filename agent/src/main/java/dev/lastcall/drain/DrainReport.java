package dev.lastcall.drain;

import dev.lastcall.notice.NoticeKind;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one drain did, in the users' units.
 *
 * @param cordonedAfterMs from the answer's arrival to the API server's 200; null where the node was never cordoned
 * @param withdrawnAfterMs until every serving pod was out of its routers; null where that moment never came
 * @param requests null where no engine could be read
 * @param unreadPods serving pods whose counters never answered
 * @param lastReadingAgeMs the largest age of a last reading when its pod was told to go
 * @param unusedNoticeMs deadline − the moment the last serving pod was gone; null without such a pod or a deadline
 * @param outcome {@code done}, {@code failed} or {@code cancelled}
 * @param score of a dry run: what would have become of the requests; null of any other drain
 */
public record DrainReport(
        String id,
        NoticeKind kind,
        Instant noticedAt,
        @Nullable Instant deadline,
        @Nullable Long cordonedAfterMs,
        @Nullable Long withdrawnAfterMs,
        Pods pods,
        @Nullable RequestCounts requests,
        int unreadPods,
        @Nullable Long lastReadingAgeMs,
        @Nullable Long unusedNoticeMs,
        String outcome,
        boolean dryRun,
        @Nullable DrainScore score,
        List<String> findings) {

    /** Each pod once. */
    public record Pods(int evicted, int forced, int gone, int failed, int skipped) {}

    /** The node was drained, as far as it went: it was no dry run, and the notice was not cancelled. */
    public boolean emptied() {
        return !dryRun && !outcome.equals(DrainPhase.CANCELLED.label());
    }

    /** The public JSON shape. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id);
        map.put("kind", kind.label());
        map.put("noticedAt", noticedAt.toString());
        map.put("deadline", deadline == null ? null : deadline.toString());
        map.put("cordonedAfterMs", cordonedAfterMs);
        map.put("withdrawnAfterMs", withdrawnAfterMs);
        Map<String, Object> podCounts = new LinkedHashMap<>();
        podCounts.put("evicted", pods.evicted());
        podCounts.put("forced", pods.forced());
        podCounts.put("gone", pods.gone());
        podCounts.put("failed", pods.failed());
        podCounts.put("skipped", pods.skipped());
        map.put("pods", podCounts);
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("atNotice", requests == null ? null : requests.atNotice());
        counts.put("admittedAfter", requests == null ? null : requests.admittedAfter());
        counts.put("finished", requests == null ? null : requests.finished());
        counts.put("lost", requests == null ? null : requests.lost());
        counts.put("unknown", requests == null ? null : requests.unknown());
        counts.put("lastReadingAgeMs", lastReadingAgeMs);
        counts.put("unreadPods", unreadPods);
        map.put("requests", counts);
        map.put("unusedNoticeMs", unusedNoticeMs);
        map.put("outcome", outcome);
        if (dryRun) {
            map.put("dryRun", true);
        }
        if (score != null) {
            map.put("score", score.toMap());
        }
        map.put("findings", findings);
        return map;
    }
}
