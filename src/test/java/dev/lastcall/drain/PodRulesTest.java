package dev.lastcall.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastcall.support.drain.SamplePod;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Guards against draining what cannot or must not go, and against leaving behind what a kubectl drain would refuse. */
class PodRulesTest {
    private final PodRules alone = rules(Optional.empty());
    private final PodRules inCompany = rules(Optional.of("Karpenter"));

    private static PodRules rules(Optional<String> company) {
        return new PodRules(
                pod -> pod.labels().containsKey("lastcall.dev/engine"),
                Set.of("kube-system"),
                "lastcall/agent",
                company);
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
        assertThat(alone.verdict(engine().view())).isEqualTo(new PodVerdict.Hold());
        assertThat(alone.verdict(engine().in("kube-system")
                        .priorityClass("system-cluster-critical")
                        .view()))
                .isEqualTo(new PodVerdict.Hold());
    }

    @Test
    void what_nobody_can_evict_is_left_and_the_reason_says_why() {
        assertThat(alone.verdict(SamplePod.named("m").mirror().view()))
                .isEqualTo(new PodVerdict.Skip("a static pod: only its kubelet can stop it"));
        assertThat(alone.verdict(SamplePod.named("s").ownedBy("Node").view()))
                .isEqualTo(new PodVerdict.Skip("a static pod: only its kubelet can stop it"));
        assertThat(alone.verdict(SamplePod.named("d").ownedBy("DaemonSet").view()))
                .isEqualTo(new PodVerdict.Skip("a DaemonSet pod: it would come back at once"));
        assertThat(alone.verdict(SamplePod.named("agent").in("lastcall").view()))
                .isEqualTo(new PodVerdict.Skip("this agent"));
    }

    @Test
    void a_finished_pod_is_left_whatever_else_it_is() {
        PodVerdict finished = new PodVerdict.Skip("it has finished");
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
    void a_daemonset_pod_that_serves_is_still_a_daemonset_pod() {
        assertThat(alone.verdict(engine().ownedBy("DaemonSet").view())).isInstanceOf(PodVerdict.Skip.class);
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
    void in_company_ordinary_and_critical_pods_are_left_to_the_other_but_serving_pods_are_still_held() {
        PodVerdict left = new PodVerdict.Skip("left to Karpenter, which is draining this node");
        assertThat(inCompany.verdict(SamplePod.named("web").view())).isEqualTo(left);
        assertThat(inCompany.verdict(SamplePod.named("dns").in("kube-system").view()))
                .isEqualTo(left);
        assertThat(inCompany.verdict(engine().view())).isEqualTo(new PodVerdict.Hold());
    }

    @Test
    void outside_a_cluster_no_pod_is_taken_for_the_agent() {
        PodRules outside = new PodRules(pod -> false, Set.of(), null, Optional.empty());
        assertThat(outside.verdict(SamplePod.named("agent").in("lastcall").view()))
                .isEqualTo(new PodVerdict.Evict());
    }
}
