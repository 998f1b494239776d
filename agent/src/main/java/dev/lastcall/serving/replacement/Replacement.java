package dev.lastcall.serving.replacement;

import dev.lastcall.drain.PodView;
import java.util.Optional;

/** Looks up whether a doomed pod's replacement could be created now. Asked before a pod is detached, never at rest. */
@FunctionalInterface
public interface Replacement {

    /**
     * Returns what would refuse it, in words; empty where nothing would, or where the quotas can't be read: detaching was asked for by
     * the user, and a notice leaves no time to find out.
     */
    Optional<String> refusal(PodView pod);

    /** Where there is no API server to ask. */
    Replacement ADMITTED = pod -> Optional.empty();
}
