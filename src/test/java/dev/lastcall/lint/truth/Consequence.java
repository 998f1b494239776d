package dev.lastcall.lint.truth;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What a finding predicts, as somebody can see it who knows nothing of the agent. */
public enum Consequence {
    /** Clients lose requests that the pod had admitted. */
    LOST("requests lost"),
    /** The engine does not end by itself: it is killed at the end of its grace period, or goes down with the machine. */
    KILLED("engine killed"),
    /** The pod is deleted past a refusal, at its force point. */
    FORCED("pod forced"),
    /** When the machine is gone, nobody answers. */
    UNSERVED("nobody answers"),
    /** Nothing takes the pod's place on another node. */
    NOT_REPLACED("not replaced");

    /** By public name: what has to happen where lint says so. */
    private static final Map<String, Consequence> BY_FINDING = Map.of(
            "request_longer_than_notice", LOST,
            "engine_aborts", LOST,
            "grace_too_short", KILLED,
            "prestop_eats_notice", KILLED,
            "no_rotation", LOST,
            "budget_blocks", FORCED,
            "single_replica", UNSERVED,
            "gate_slow", LOST,
            "tolerates_everything", NOT_REPLACED,
            "service_links", NOT_REPLACED);

    private final String words;

    Consequence(String words) {
        this.words = words;
    }

    /** For a table. */
    public String words() {
        return words;
    }

    /** The findings that say what comes of them: all there are. */
    static Set<String> findings() {
        return BY_FINDING.keySet();
    }

    /** @param findings public names */
    static Set<Consequence> of(Collection<String> findings) {
        Set<Consequence> all = EnumSet.noneOf(Consequence.class);
        findings.forEach(finding -> all.add(Objects.requireNonNull(BY_FINDING.get(finding), finding)));
        return all;
    }
}
