package dev.lastcall.notice;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One interruption as it stands in one answer of one source. Ten polls of the same announcement are ten equal
 * sightings; the {@link NoticeLedger} makes one {@link Notice} of them.
 *
 * @param id made only of what the source says, so that it is the same after a restart
 * @param kind what the node is told
 * @param behavesAs the kind whose window and force rules apply
 * @param source public name of the source
 * @param due when the node is taken
 * @param announcedAt when the source says it made the announcement; null where it does not say
 * @param dryRun decide, log and count only
 */
public record Sighting(
        String id,
        NoticeKind kind,
        NoticeKind behavesAs,
        String source,
        Due due,
        @Nullable Instant announcedAt,
        boolean dryRun) {

    /** A sighting of the usual form: it behaves as its kind and is not simulated. */
    public static Sighting of(String id, NoticeKind kind, SourceId source, Due due) {
        return new Sighting(id, kind, kind, source.label(), due, null, false);
    }

    /** What it announces, once its due time is known on this node's clock. */
    Interruption interruption(@Nullable Instant deadline) {
        return new Interruption(id, kind, behavesAs, source, deadline, dryRun);
    }

    /** The same with the time at which the source says it made the announcement. */
    public Sighting announcedAt(Instant time) {
        return new Sighting(id, kind, behavesAs, source, due, time, dryRun);
    }
}
