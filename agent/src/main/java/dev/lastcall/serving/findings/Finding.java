package dev.lastcall.serving.findings;

import java.util.Optional;

/**
 * What would go wrong on a notice.
 *
 * @param name public name of the rule
 * @param window the notice it goes wrong on; empty where it does on any
 * @param message what was found and what comes of it, one sentence
 * @param remedy what to change
 * @param place what of the manifest it is about
 */
public record Finding(String name, Optional<Window> window, String message, String remedy, Place place) {

    /** A part of a workload's manifest. */
    public enum Place {
        WORKLOAD,
        REPLICAS,
        POD,
        GRACE,
        PRE_STOP,
        ARGUMENTS,
        GATES,
        TOLERATIONS
    }
}
