package dev.lastcall.lint.truth;

import static dev.lastcall.lint.truth.TruthManifest.serving;
import static dev.lastcall.lint.truth.TruthRow.says;
import static dev.lastcall.lint.truth.TruthRow.silent;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The manifests that are drained: each finding alone where it can be, together with others, and manifests that lint is
 * silent about. Requests take 13 s of a notice of 30 s: a pod that leaves its routers at the notice has finished them by
 * half time, and one that goes on admitting has some too many whenever it ends.
 */
public final class TruthRows {
    private static final Duration SHORT = Duration.ofSeconds(5);
    /**
     * So few that the engine's request times stay unknown: the last one that serves leaves at half of the notice then, and the kubelet has
     * seconds, not one, to show that it is not Ready before its eviction is due.
     */
    private static final double FEW = 0.2;

    private static final String ALLOWS = "maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow";
    private static final String NONE = "maxUnavailable: 0, unhealthyPodEvictionPolicy: AlwaysAllow";
    private static final String SLOW_START = "nothing says how long the next one starts (20 s)";

    private TruthRows() {}

    public static List<TruthRow> all() {
        return Stream.of(alone(), together(), silentOnes())
                .flatMap(List::stream)
                .toList();
    }

    private static List<TruthRow> alone() {
        return List.of(
                says(TruthRow.LIVE, "requests of 33 s", serving().flags()).requests(Duration.ofSeconds(33)),
                says(
                        "engine_aborts no_rotation",
                        "neither label nor gate, no drain",
                        serving().flags().unlabelled()),
                says(
                        "engine_aborts no_rotation",
                        "the same, vLLM 0.17",
                        serving().flags().image(TruthManifest.OLD_IMAGE).unlabelled()),
                says(
                        "grace_too_short",
                        "grace 6 s, preStop 2 s, drain 20 s",
                        serving().flags("--shutdown-timeout=20").grace(6).endsSlowly()),
                says(
                        "grace_too_short",
                        "grace 12 s, preStop 10 s, drain 8 s",
                        serving().preStop("{sleep: {seconds: 10}}").grace(12).endsSlowly()),
                says(
                        "prestop_eats_notice",
                        "preStop sleeps 16 s",
                        serving().preStop("{sleep: {seconds: 16}}").grace(45).endsSlowly()),
                says(
                        "prestop_eats_notice",
                        "preStop runs `sleep 20`",
                        serving()
                                .preStop("{exec: {command: [sh, -c, \"sleep 20\"]}}")
                                .grace(60)
                                .endsSlowly()),
                says(
                        "no_rotation",
                        "neither label nor gate, drain 3 s",
                        serving().flags("--shutdown-timeout=3").unlabelled()),
                says(
                        "no_rotation",
                        "label that its Service ignores, drain 8 s",
                        serving().unfollowed()),
                says(
                        "no_rotation",
                        "label that its Service ignores, no drain",
                        serving().flags().unfollowed()),
                says(
                        "no_rotation",
                        "gate, and a Service with publishNotReadyAddresses",
                        serving().unlabelled().gated().publishesUnready()),
                says("budget_blocks", "maxUnavailable 0", serving().budget(NONE)),
                says("budget_blocks", "minAvailable 2 of 2", serving().budget(always("minAvailable: 2"))),
                says("budget_blocks", "minAvailable 100%", serving().budget(always("minAvailable: \"100%\""))),
                says("budget_blocks", "minAvailable 75% of 2", serving().budget(always("minAvailable: \"75%\""))),
                says("budget_blocks", "two budgets", serving().budget(ALLOWS).budget(ALLOWS))
                        .requests(SHORT),
                says(
                                "budget_blocks",
                                "gate, budget keeps pods that are not Ready, and the other replica is missing",
                                serving().unlabelled().gated().pinned().budget("maxUnavailable: 1"))
                        .requests(SHORT)
                        .perSecond(FEW),
                says(
                                "budget_blocks",
                                "one replica that starts within the notice, minAvailable 1",
                                serving().replicas(1).startupProbe(10).budget(always("minAvailable: 1")))
                        .requests(SHORT),
                says(
                        "single_replica",
                        "one replica; " + SLOW_START,
                        serving().replicas(1).startsIn(20)),
                says(
                        "single_replica",
                        "one replica; its startup probe allows 60 s",
                        serving().replicas(1).startsIn(20).startupProbe(60)),
                says(
                                "gate_slow",
                                "gate behind a load balancer that takes 45 s",
                                serving()
                                        .unlabelled()
                                        .gated()
                                        .serviceAnnotated(
                                                "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip"))
                        .routerLag(Duration.ofSeconds(45)),
                says("tolerates_everything", "tolerates all taints", serving().tolerating("{operator: Exists}")),
                says("tolerates_everything", "names its node", serving().bound()),
                says(
                        "service_links",
                        "Service called vllm, links on",
                        serving().service("vllm").serviceLinks()));
    }

    private static List<TruthRow> together() {
        return List.of(
                says(
                        "grace_too_short no_rotation",
                        "neither label nor gate, drain 20 s, grace 4 s",
                        serving()
                                .flags("--shutdown-timeout=20")
                                .unlabelled()
                                .preStop(null)
                                .grace(4)
                                .endsSlowly()),
                says(
                                "prestop_eats_notice no_rotation",
                                "preStop 16 s, label that its Service ignores",
                                serving()
                                        .unfollowed()
                                        .preStop("{sleep: {seconds: 16}}")
                                        .grace(45)
                                        .endsSlowly())
                        .perSecond(4),
                says(
                        "engine_aborts no_rotation budget_blocks",
                        "neither label nor gate, no drain, maxUnavailable 0",
                        serving().flags().unlabelled().budget(NONE)),
                says(
                        "no_rotation budget_blocks",
                        "label that its Service ignores, maxUnavailable 0",
                        serving().unfollowed().budget(NONE)),
                says(
                        "grace_too_short budget_blocks",
                        "grace 6 s, drain 20 s, maxUnavailable 0",
                        serving()
                                .flags("--shutdown-timeout=20")
                                .grace(6)
                                .endsSlowly()
                                .budget(NONE)),
                says(
                        "budget_blocks single_replica",
                        "one replica, minAvailable 1; " + SLOW_START,
                        serving().replicas(1).startsIn(20).budget(always("minAvailable: 1"))),
                says(
                        "no_rotation tolerates_everything",
                        "neither label nor gate, tolerates all taints",
                        serving().unlabelled().tolerating("{operator: Exists}")));
    }

    private static List<TruthRow> silentOnes() {
        return List.of(
                silent("label, budget, preStop 2 s, drain 8 s", serving().budget(ALLOWS)),
                silent("without a budget", serving()),
                silent(
                        "gate, and a Service that follows readiness",
                        serving().unlabelled().gated().budget(ALLOWS)),
                silent("label and gate", serving().gated().budget(ALLOWS)),
                silent(
                        "label, an engine that cuts on SIGTERM",
                        serving().flags().budget(ALLOWS)),
                silent("without a preStop hook", serving().preStop(null)),
                silent("preStop runs `sleep 5`", serving().preStop("{exec: {command: [sh, -c, \"sleep 5\"]}}")),
                silent("grace 120 s", serving().grace(120)),
                silent(
                        "drain 25 s of 30 s",
                        serving().flags("--shutdown-timeout=25").grace(40)),
                silent("drain-seconds in an annotation", serving().annotated("lastcall.dev/drain-seconds: \"8\"")),
                silent("three replicas, minAvailable 1", serving().replicas(3).budget(always("minAvailable: 1"))),
                silent("maxUnavailable 50% of 2", serving().budget(always("maxUnavailable: \"50%\""))),
                silent(
                        "tolerates the taint of GPUs",
                        serving().tolerating("{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}")),
                silent("Service called vllm, links off", serving().service("vllm")),
                silent(
                        "headless Service called vllm, links on",
                        serving().service("vllm").headless().serviceLinks()),
                silent("a StatefulSet", serving().kind("StatefulSet").budget(ALLOWS)),
                silent(
                                "one replica that starts within the notice",
                                serving().replicas(1).startupProbe(10))
                        .requests(SHORT),
                silent(
                                "gate, budget lets pods go that are not Ready, and the other replica is missing",
                                serving().unlabelled().gated().pinned().budget(ALLOWS))
                        .requests(SHORT)
                        .perSecond(FEW));
    }

    private static String always(String budget) {
        return budget + ", unhealthyPodEvictionPolicy: AlwaysAllow";
    }
}
