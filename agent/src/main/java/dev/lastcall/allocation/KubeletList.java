package dev.lastcall.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The kubelet's last list, and whether it still counts.
 *
 * <p>A kubelet that does not answer starts no container either, so its last list stays true for about as long as a restart
 * takes; after {@link #KEPT} it counts no longer, for containers end without a kubelet, and unknown is better than wrong.
 *
 * @param held empty = unknown
 * @param at when it was given; empty = never
 * @param latest what the last attempt came to; empty = none was made
 */
public record KubeletList(Optional<List<HeldDevice>> held, Optional<Instant> at, Optional<PodResourcesAnswer> latest) {

    /** How long a list counts after it was given. */
    public static final Duration KEPT = Duration.ofMinutes(1);

    /** Before the first answer. */
    public static KubeletList none() {
        return new KubeletList(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** With one more answer. */
    public KubeletList after(PodResourcesAnswer answer, Instant now) {
        if (answer instanceof PodResourcesAnswer.Listed(List<HeldDevice> list)) {
            return new KubeletList(Optional.of(list), Optional.of(now), Optional.of(answer));
        }
        boolean counts = at.filter(given -> now.isBefore(given.plus(KEPT))).isPresent();
        return new KubeletList(counts ? held : Optional.empty(), at, Optional.of(answer));
    }

    /** Whether the last attempt brought a list. */
    public boolean up() {
        return latest.filter(PodResourcesAnswer.Listed.class::isInstance).isPresent();
    }
}
