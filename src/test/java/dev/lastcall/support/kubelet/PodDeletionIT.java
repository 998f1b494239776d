package dev.lastcall.support.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.lastcall.support.controlplane.AuditEvent;
import dev.lastcall.support.controlplane.ControlPlane;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How pods go: signals, grace and removal are what a drain is made of, so a kinder kubelet would prove nothing. */
class PodDeletionIT extends NodeScene {

    @Test
    void a_pod_that_obeys_sigterm_is_gone_long_before_its_grace_ends() {
        Pod pod = create(pod("idle")
                .editSpec()
                .withTerminationGracePeriodSeconds(3600L)
                .endSpec()
                .build());
        awaitPod(pod, ready());

        delete(pod);

        awaitGone(pod);
    }

    @Test
    void a_pod_that_ignores_sigterm_keeps_its_grace_and_is_killed_at_its_end() {
        Pod pod = create(pod("stubborn")
                .editSpec()
                .withTerminationGracePeriodSeconds(4L)
                .endSpec()
                .build());
        awaitPod(pod, ready());
        long mark = plane.auditLog().mark();
        delete(pod);

        Pod terminating = awaitPod(pod, ready().negate());
        assertThat(terminating.getMetadata().getDeletionTimestamp()).isNotNull();
        awaitGone(pod);

        List<AuditEvent> deletes = deletesOf(pod, mark);
        assertThat(deletes).extracting(AuditEvent::user).containsExactly(ControlPlane.ADMIN, ControlPlane.KUBELET);
        assertThat(Duration.between(
                        deletes.getFirst().received(), deletes.getLast().received()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void a_second_delete_shortens_the_grace_under_way() {
        Pod pod = create(pod("stubborn")
                .editSpec()
                .withTerminationGracePeriodSeconds(3600L)
                .endSpec()
                .build());
        awaitPod(pod, ready());
        delete(pod);
        awaitPod(pod, ready().negate());

        delete(pod, 2);

        awaitGone(pod);
    }

    @Test
    void a_pre_stop_sleep_comes_before_sigterm_and_counts_against_the_grace() {
        Pod pod = create(pod("idle")
                .editSpec()
                .withTerminationGracePeriodSeconds(60L)
                .editFirstContainer()
                .withNewLifecycle()
                .withNewPreStop()
                .withNewExec()
                .withCommand("/bin/sh", "-c", "sleep 3")
                .endExec()
                .endPreStop()
                .endLifecycle()
                .endContainer()
                .endSpec()
                .build());
        awaitPod(pod, ready());
        long mark = plane.auditLog().mark();
        delete(pod);
        awaitGone(pod);

        List<AuditEvent> deletes = deletesOf(pod, mark);
        assertThat(Duration.between(
                        deletes.getFirst().received(), deletes.getLast().received()))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void a_forced_deletion_ends_the_program_though_the_object_is_gone() {
        Pod pod = create(pod("web").build());
        String address = awaitPod(pod, ready()).getStatus().getPodIP();

        delete(pod, 0);

        await().atMost(PATIENCE).until(() -> refuses(address));
        assertThat(get(pod)).isNull();
    }

    @Test
    void an_object_is_removed_by_uid_so_a_successor_of_the_same_name_lives() {
        PodBuilder same = pod("idle").editMetadata().withName("same").endMetadata();
        Pod first = create(same.build());
        delete(first, 0);
        Pod second = create(same.build());

        new PodApi(client).remove(first);

        assertThat(get(second))
                .isNotNull()
                .satisfies(pod ->
                        assertThat(pod.getMetadata().getDeletionTimestamp()).isNull());
    }

    @Test
    void a_disruption_budget_really_refuses_an_eviction() {
        deployment(template("web").build(), 1);
        client.resource(new PodDisruptionBudgetBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withMinAvailable(new IntOrString(1))
                        .withNewSelector()
                        .withMatchLabels(Map.of("app", "web"))
                        .endSelector()
                        .endSpec()
                        .build())
                .create();
        Pod pod = await().atMost(PATIENCE)
                .until(
                        () -> pods("web"),
                        list -> list.size() == 1 && list.stream().allMatch(ready()))
                .getFirst();
        await().atMost(PATIENCE)
                .until(() -> client.policy()
                        .v1()
                        .podDisruptionBudget()
                        .inNamespace(namespace)
                        .withName("web")
                        .get()
                        .getStatus()
                        .getCurrentHealthy()
                        .equals(1));

        assertThatThrownBy(() -> evict(pod)).isInstanceOfSatisfying(KubernetesClientException.class, refused -> {
            assertThat(refused.getCode()).isEqualTo(429);
            assertThat(refused.getMessage()).contains("disruption budget");
        });
        assertThat(get(pod).getMetadata().getDeletionTimestamp()).isNull();
    }

    @Test
    void power_off_kills_the_programs_and_silences_the_node() {
        Pod pod = create(pod("web").build());
        String address = awaitPod(pod, ready()).getStatus().getPodIP();

        kubelet.powerOff();

        assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
        delete(pod, 1);
        assertThat(get(pod)).as("nobody is left to confirm the deletion").isNotNull();
    }

    @Test
    void closing_takes_the_node_away() {
        Pod pod = create(pod("web").build());
        String address = awaitPod(pod, ready()).getStatus().getPodIP();

        kubelet.close();

        assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
        assertThat(client.nodes().withName(nodeName).get()).isNull();
    }
}
