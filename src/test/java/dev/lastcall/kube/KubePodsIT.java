package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.lastcall.drain.EvictionAnswer;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.PodRef;
import dev.lastcall.drain.PodView;
import dev.lastcall.drain.Refuser;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KubePodsIT {

    private static final Duration GRACE = Duration.ofSeconds(7);
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final RealApi api = new RealApi("kube-pods");
    private final KubePods pods = new KubePods(api.client, api.node, InstantSource.system());

    @AfterEach
    void tearDown() {
        pods.close();
        api.close();
    }

    @Test
    void an_eviction_is_accepted_with_our_grace_and_the_pod_is_not_gone_yet() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of()));

        assertThat(pods.evict(pod, GRACE, PATIENCE)).isEqualTo(new EvictionAnswer.Accepted());

        assertThat(api.pod("a").getMetadata().getDeletionGracePeriodSeconds()).isEqualTo(7);
        assertThat(pods.gone(pod)).isFalse();
        api.remove("a");
        await().until(() -> pods.gone(pod));
        assertThat(pods.evict(pod, GRACE, PATIENCE)).isEqualTo(new EvictionAnswer.Gone());
        assertThat(pods.delete(pod, GRACE, PATIENCE)).isEqualTo(new EvictionAnswer.Gone());
    }

    @Test
    void a_budget_blocks_the_eviction_and_not_the_deletion() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of("app", "web")));
        budget("web", "app");
        await().until(() ->
                pods.evict(pod, GRACE, PATIENCE) instanceof EvictionAnswer.Refused no && no.retryAfter() == null);

        assertThat(pods.evict(pod, GRACE, PATIENCE)).isInstanceOfSatisfying(EvictionAnswer.Refused.class, no -> {
            assertThat(no.by()).isEqualTo(new Refuser.Budget("web"));
            assertThat(no.reason()).contains("The disruption budget web needs 1 healthy pods and has 1");
        });
        assertThat(api.pod("a").getMetadata().getDeletionTimestamp()).isNull();
        assertThat(pods.delete(pod, GRACE, PATIENCE)).isEqualTo(new EvictionAnswer.Accepted());
        assertThat(api.pod("a").getMetadata().getDeletionGracePeriodSeconds()).isEqualTo(7);
    }

    @Test
    void two_budgets_over_one_pod_block_it_for_ever() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of("app", "web", "tier", "web")));
        budget("one", "app");
        budget("two", "tier");

        assertThat(pods.evict(pod, GRACE, PATIENCE))
                .isInstanceOfSatisfying(
                        EvictionAnswer.Refused.class, no -> assertThat(no.by()).isEqualTo(new Refuser.TwoBudgets()));
    }

    @Test
    void a_pod_that_came_back_under_its_name_is_not_touched() {
        PodRef old = RealApi.ref(api.runningPod("a", Map.of()));
        api.remove("a");
        await().until(() -> pods.gone(old));
        Pod successor = api.runningPod("a", Map.of());

        assertThat(pods.evict(old, GRACE, PATIENCE)).isEqualTo(new EvictionAnswer.Replaced());
        assertThat(pods.delete(old, GRACE, PATIENCE)).isEqualTo(new EvictionAnswer.Replaced());
        assertThat(pods.mark(old, Map.of("x", Optional.of("y")), Map.of())).isEqualTo(new PatchAnswer.Missing());
        assertThat(pods.condition(old, "lastcall.dev/in-rotation", false, "Drain", "m", PATIENCE))
                .isEqualTo(new PatchAnswer.Missing());
        assertThat(pods.gone(old)).isTrue();

        Pod after = api.pod("a");
        assertThat(after.getMetadata().getUid())
                .isEqualTo(successor.getMetadata().getUid());
        assertThat(after.getMetadata().getDeletionTimestamp()).isNull();
        assertThat(after.getMetadata().getLabels()).isNullOrEmpty();
        assertThat(after.getStatus().getConditions())
                .extracting(PodCondition::getType)
                .doesNotContain("lastcall.dev/in-rotation");
    }

    @Test
    void marks_are_set_and_taken_back_and_foreign_ones_stay() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of("app", "web", "lastcall.dev/rotation", "in")));

        PatchAnswer answer = pods.mark(
                pod,
                Map.of("lastcall.dev/rotation", Optional.of("out")),
                Map.of("aibrix.ai/draining", Optional.of("true")));
        assertThat(answer).isInstanceOf(PatchAnswer.Done.class);
        assertThat(api.pod("a").getMetadata().getLabels())
                .isEqualTo(Map.of("app", "web", "lastcall.dev/rotation", "out"));
        assertThat(api.pod("a").getMetadata().getAnnotations()).containsEntry("aibrix.ai/draining", "true");

        pods.mark(pod, Map.of(), Map.of("aibrix.ai/draining", Optional.empty()));
        assertThat(api.pod("a").getMetadata().getAnnotations()).isNullOrEmpty();
    }

    @Test
    void a_condition_is_set_beside_kubelets_and_flipped() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of()));

        assertThat(pods.condition(pod, "lastcall.dev/in-rotation", true, "Serving", "takes requests", PATIENCE))
                .isInstanceOf(PatchAnswer.Done.class);
        assertThat(pods.condition(pod, "lastcall.dev/in-rotation", false, "Draining", "the node goes away", PATIENCE))
                .isInstanceOf(PatchAnswer.Done.class);

        assertThat(api.pod("a").getStatus().getConditions())
                .extracting(condition -> condition.getType() + "=" + condition.getStatus())
                .containsExactlyInAnyOrder("Ready=True", "ContainersReady=True", "lastcall.dev/in-rotation=False");
        assertThat(api.pod("a").getStatus().getPhase()).isEqualTo("Running");
    }

    @Test
    void a_pod_of_a_namespace_that_goes_away_can_still_be_evicted() {
        PodRef pod = RealApi.ref(api.runningPod("a", Map.of()));
        api.admin
                .namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(api.namespace)
                        .endMetadata()
                        .build())
                .delete();

        assertThat(pods.evict(pod, GRACE, PATIENCE))
                .isInstanceOfAny(EvictionAnswer.Accepted.class, EvictionAnswer.NamespaceEnding.class);
    }

    @Test
    void the_watch_shows_this_nodes_pods_only_and_follows_them() {
        api.runningPod("a", Map.of());
        assertThat(pods.synced()).isFalse();
        pods.start();
        await().until(() -> pods.synced() && pods.connected());
        assertThat(pods.latest()).extracting(pod -> pod.ref().name()).containsExactly("a");
        assertThat(pods.latest().getFirst().ports()).containsExactly(8000);

        PodRef b = RealApi.ref(api.runningPod("b", Map.of()));
        try (RealApi other = new RealApi("kube-pods-other")) {
            other.runningPod("c", Map.of());
            await().until(() -> pods.latest().stream()
                    .filter(pod -> pod.phase().equals("Running"))
                    .map(PodView::ref)
                    .toList()
                    .contains(b));
        }
        assertThat(pods.latest()).extracting(pod -> pod.ref().name()).containsExactly("a", "b");

        pods.evict(b, GRACE, PATIENCE);
        await().until(() -> pods.latest().stream().anyMatch(pod -> pod.ref().equals(b) && pod.deletedAt() != null));
        api.remove("b");
        await().until(() -> pods.latest().stream().noneMatch(pod -> pod.ref().equals(b)));
    }

    private void budget(String name, String label) {
        api.admin
                .policy()
                .v1()
                .podDisruptionBudget()
                .inNamespace(api.namespace)
                .resource(new PodDisruptionBudgetBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withNewMinAvailable(1)
                        .withNewSelector()
                        .addToMatchLabels(label, "web")
                        .endSelector()
                        .endSpec()
                        .build())
                .create();
    }
}
