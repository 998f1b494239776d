package dev.lastcall.drain.run;

import dev.lastcall.drain.DrainEvent;
import dev.lastcall.drain.DrainRecord;
import dev.lastcall.drain.NodeMarks;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The marks of a node that goes for certain: cordon and taint that somebody removed, or that a Node registered anew never
 * had, are set again. At once, but not in a fight: never more often than every five seconds, and said once per drain.
 */
final class KeptMarks {
    private static final Duration AT_MOST_EVERY = Duration.ofSeconds(5);

    private final NodeMarks marks;
    private final InstantSource clock;
    private final Consumer<DrainEvent> out;
    private final Set<String> stood = new HashSet<>();
    private final Set<String> reported = new HashSet<>();
    private @Nullable Instant lastSet;
    private boolean waits;

    KeptMarks(NodeMarks marks, InstantSource clock, Consumer<DrainEvent> out) {
        this.marks = marks;
        this.clock = clock;
        this.out = out;
    }

    /** The patch that sets again what is missing; empty where all stand, or where they were set again a moment ago. */
    Optional<NodePatch> missing(NodeView view, Optional<DrainRecord> record) {
        waits = false;
        // Its annotation goes out with the cordon: until it was seen there, the drain itself is still at its first
        // patch.
        record.filter(known -> marks.record(view)
                        .filter(written -> written.id().equals(known.id()))
                        .isPresent())
                .ifPresent(known -> stood.add(known.id()));
        if (record.filter(known -> stood.contains(known.id())).isEmpty() || marks.complete(view)) {
            return Optional.empty();
        }
        Instant before = lastSet;
        waits = before != null && clock.instant().isBefore(before.plus(AT_MOST_EVERY));
        return waits ? Optional.empty() : record.map(known -> marks.marks(view, known));
    }

    /** Something is missing, and its time has not come yet. */
    boolean waits() {
        return waits;
    }

    /** They stand again. */
    void set(NodeView before, Optional<DrainRecord> record) {
        lastSet = clock.instant();
        record.filter(known -> reported.add(known.id()))
                .ifPresent(known -> out.accept(new DrainEvent.MarksKept(
                        known.notice(),
                        before.unschedulable() ? "the taint was gone" : "the node had been made schedulable")));
    }
}
