package dev.lastcall.bench.modes;

import java.util.List;

/**
 * One way in which the capacity that goes is asked for again.
 *
 * @param withdraw {@code lastcall.serving.withdraw}; empty = no agent, {@code kubectl drain} at the notice
 * @param values of the serving chart
 */
record Mode(String title, String withdraw, List<String> values) {
    private static final String NO_FALLBACK = "pools.onDemand.fallback=false";
    private static final String TRIGGER = "autoscaling.extraTriggers[0].";

    static List<Mode> all() {
        return List.of(
                new Mode("`kubectl drain` at the notice", "", List.of(NO_FALLBACK)),
                new Mode("none: the eviction alone", "auto", List.of(NO_FALLBACK)),
                new Mode(
                        "trigger: KEDA on `lastcall_doomed_pods`",
                        "auto",
                        List.of(
                                NO_FALLBACK,
                                TRIGGER + "type=prometheus",
                                TRIGGER + "metricType=AverageValue",
                                TRIGGER + "metadata.serverAddress=PROMETHEUS",
                                TRIGGER + "metadata.threshold=1.0",
                                TRIGGER + "metadata.query=" + NoticeModes.REPLICAS
                                        + " + sum(lastcall_doomed_pods) or vector(" + NoticeModes.REPLICAS + ")")),
                new Mode("detach", "label,detach", List.of(NO_FALLBACK)),
                new Mode(
                        "detach + buffer of two",
                        "label,detach",
                        List.of(NO_FALLBACK, "buffer.enabled=true", "buffer.base=2")),
                new Mode("fallback: on demand for what is doomed", "auto", List.of("pools.onDemand.fallback=true")));
    }
}
