package dev.lastcall.notice.watch;

import dev.lastcall.notice.SourceHealth;
import dev.lastcall.notice.SourceId;
import dev.lastcall.notice.SourceStates;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** Says of each source that has been silent for too long that it is blind: once, until it answers again. For one thread. */
final class Blindness {
    private static final Logger LOG = Logger.getLogger(Blindness.class);

    private final SourceStates states;
    private final Duration after;
    private final Consumer<SourceHealth> outlet;
    private final Set<SourceId> reported = EnumSet.noneOf(SourceId.class);

    Blindness(SourceStates states, Duration after, Consumer<SourceHealth> outlet) {
        this.states = states;
        this.after = after;
        this.outlet = outlet;
    }

    void report(Instant now) {
        List<SourceHealth> blind = states.blind(now, after);
        reported.removeIf(id -> blind.stream().noneMatch(health -> health.id() == id));
        for (SourceHealth health : blind) {
            if (reported.add(health.id())) {
                LOG.errorf(
                        "notice source %s is blind for longer than %d s (%s); likely cause: %s",
                        health.id().label(), after.toSeconds(), health.code(), health.likelyCause());
                outlet.accept(health);
            }
        }
    }
}
