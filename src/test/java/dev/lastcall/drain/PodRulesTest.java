package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.drain.PodView.Toleration;
import dev.lastcall.support.drain.SamplePod;
import dev.lastcall.support.drain.Samples;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Guards against draining what cannot or must not go, and against leaving behind what a kubectl drain would refuse. */
class PodRulesTest {
    private final PodRules alone = rules(true);
    private final PodRules maintenance = rules(false);

    private static PodRules rules(boolean machineGoes) {
        return PodRules.of(
                pod -> pod.labels().containsKey("lastcall.dev/engine"), Samples.settings(), "spot", machineGoes);
    }

    private static SamplePod engine() {
        return SamplePod.named("llm").label("lastcall.dev/engine", "vllm");
    }

    @Test
    void an_ordinary_pod_goes_at_once_and_so_does_a_bare_one_that_kubectl_would_refuse() {
        assertThat(alone.verdict(SamplePod.named("web").view())).isEqualTo(new PodVerdict.Evict());
        assertThat(alone.verdict(SamplePod.named("bare").bare().view())).isEqualTo(new PodVerdict.Evict());
    }

    @Test
    void a_serving_pod_is_held_even_in_a_namespace_that_goes_last_or_with_a_critical_priority() {
        assertThat(alone.verdict(engine().view())).isEqualTo(new PodVerdict.Hold(""));
        assertThat(alone.verdict(engine().in("kube-system")
                        .priorityClass("system-cluster-critical")
                        .view()))
                .isEqualTo(new PodVerdict.Hold(""));
    }

    @Test
    void what_nobody_can_evict_is_left_and_the_reason_says_why() {
        assertThat(alone.verdict(SamplePod.named("m").mirror().view()))
                .isEqualTo(new PodVerdict.Skip("a static pod: only its kubelet can stop it", false));
        assertThat(alone.verdict(SamplePod.named("s").ownedBy("Node").view()))
                .isEqualTo(new PodVerdict.Skip("a static pod: only its kubelet can stop it", false));
        assertThat(alone.verdict(SamplePod.named("d").ownedBy("DaemonSet").view()))
                .isEqualTo(new PodVerdict.Skip("a DaemonSet pod: it would come back at once", false));
        assertThat(alone.verdict(SamplePod.named("agent").in("lastcall").view()))
                .isEqualTo(new PodVerdict.Skip("this agent", false));
    }

    @Test
    void a_finished_pod_is_left_whatever_else_it_is() {
        PodVerdict finished = new PodVerdict.Skip("it has finished", false);
        assertThat(alone.verdict(SamplePod.named("job").phase("Succeeded").view()))
                .isEqualTo(finished);
        assertThat(alone.verdict(engine().phase("Failed").view())).isEqualTo(finished);
        assertThat(alone.verdict(SamplePod.named("d")
                        .ownedBy("DaemonSet")
                        .phase("Failed")
                        .view()))
                .isEqualTo(finished);
    }

    @Test
    void an_engine_of_a_daemonset_is_kept_and_one_that_still_loads_is_left_like_any_daemonset_pod() {
        assertThat(alone.verdict(engine().ownedBy("DaemonSet").view())).isInstanceOf(PodVerdict.Keep.class);
        assertThat(alone.verdict(engine().ownedBy("DaemonSet").loading().view()))
                .isInstanceOf(PodVerdict.Skip.class);
    }

    @Test
    void an_engine_that_never_served_is_released_whatever_else_it_is() {
        for (SamplePod pod : List.of(
                engine().phase("Pending"),
                engine().loading(),
                engine().withoutAddress(),
                engine().loading().in("kube-system"))) {
            assertThat(alone.verdict(pod.view())).isEqualTo(new PodVerdict.Release());
        }
        assertThat(alone.verdict(SamplePod.named("web").phase("Pending").view()))
                .isEqualTo(new PodVerdict.Evict());
    }

    @Test
    void what_would_be_bound_to_this_node_again_stays_unless_nobody_would_bind_it() {
        PodVerdict left =
                alone.verdict(SamplePod.named("all").toleratesEverything().view());
        assertThat(left)
                .isInstanceOfSatisfying(
                        PodVerdict.Skip.class, skip -> assertThat(skip.tell()).isTrue());
        assertThat(alone.verdict(engine().toleratesEverything().view())).isInstanceOf(PodVerdict.Keep.class);
        assertThat(alone.verdict(
                        SamplePod.named("bare").toleratesEverything().bare().view()))
                .isEqualTo(new PodVerdict.Evict());
    }

    @Test
    void one_of_the_two_taints_tolerated_is_not_enough_to_come_back() {
        Toleration cordon = new Toleration("node.kubernetes.io/unschedulable", "Exists", "", "NoSchedule");
        Toleration ours = new Toleration(NodeMarks.TAINT, "Equal", "spot", "");
        Toleration other = new Toleration(NodeMarks.TAINT, "Equal", "maintenance", "");
        assertThat(alone.verdict(SamplePod.named("a").tolerates(cordon).view())).isEqualTo(new PodVerdict.Evict());
        assertThat(alone.verdict(SamplePod.named("a").tolerates(ours).view())).isEqualTo(new PodVerdict.Evict());
        assertThat(alone.verdict(
                        SamplePod.named("a").tolerates(cordon).tolerates(other).view()))
                .isEqualTo(new PodVerdict.Evict());
        assertThat(alone.verdict(
                        SamplePod.named("a").tolerates(cordon).tolerates(ours).view()))
                .isInstanceOf(PodVerdict.Skip.class);
    }

    @Test
    void who_asks_not_to_be_disrupted_is_heeded_unless_the_machine_is_taken_for_sure() {
        PodView train = SamplePod.named("train")
                .annotation("cluster-autoscaler.kubernetes.io/safe-to-evict", "false")
                .view();
        PodView llm = engine().annotation("karpenter.sh/do-not-disrupt", "true").view();
        assertThat(maintenance.verdict(train)).isInstanceOf(PodVerdict.Skip.class);
        assertThat(maintenance.verdict(llm)).isInstanceOf(PodVerdict.Keep.class);
        assertThat(alone.verdict(train)).isEqualTo(new PodVerdict.Evict());
        assertThat(alone.verdict(llm)).isEqualTo(new PodVerdict.Hold(""));
        assertThat(maintenance.verdict(SamplePod.named("web")
                        .annotation("cluster-autoscaler.kubernetes.io/safe-to-evict", "true")
                        .view()))
                .isEqualTo(new PodVerdict.Evict());
    }

    @Test
    void a_worker_of_a_group_is_held_by_the_name_of_its_group_and_its_leader_like_any_other() {
        SamplePod worker = engine().label(PodRule.GROUP_NAME, "big");
        assertThat(alone.verdict(worker.label(PodRule.GROUP_INDEX, "3").view())).isEqualTo(new PodVerdict.Hold("big"));
        assertThat(alone.verdict(worker.label(PodRule.GROUP_INDEX, "0").view())).isEqualTo(new PodVerdict.Hold(""));
    }

    @Test
    void each_rule_speaks_about_its_pods_only() {
        PodView web = SamplePod.named("web").view();
        for (PodRule rule : List.of(
                PodRule.finished(),
                PodRule.fixed(),
                PodRule.own("lastcall/agent"),
                PodRule.daemon(),
                PodRule.spared(false, false),
                PodRule.unserving(),
                PodRule.groupWorker(),
                PodRule.last(Set.of("kube-system")))) {
            assertThat(rule.judge(web)).isEmpty();
        }
    }

    @Test
    void the_own_pod_is_told_by_namespace_and_name_together() {
        assertThat(alone.verdict(SamplePod.named("agent").in("other").view())).isEqualTo(new PodVerdict.Evict());
    }

    @Test
    void critical_pods_and_the_named_namespaces_go_last() {
        for (String critical : Set.of("system-node-critical", "system-cluster-critical")) {
            assertThat(alone.verdict(
                            SamplePod.named("dns").priorityClass(critical).view()))
                    .isEqualTo(new PodVerdict.Last());
        }
        assertThat(alone.verdict(SamplePod.named("proxy").in("kube-system").view()))
                .isEqualTo(new PodVerdict.Last());
        assertThat(alone.verdict(
                        SamplePod.named("web").priorityClass("high-priority").view()))
                .isEqualTo(new PodVerdict.Evict());
    }

    @Test
    void outside_a_cluster_no_pod_is_taken_for_the_agent() {
        assertThat(PodRule.own(null)
                        .judge(SamplePod.named("agent").in("lastcall").view()))
                .isEmpty();
    }
}
