package dev.lastcall.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.config.NodeName;
import dev.lastcall.drain.NodePatch;
import dev.lastcall.drain.NodeView;
import dev.lastcall.drain.PatchAnswer;
import dev.lastcall.drain.Taint;
import dev.lastcall.support.controlplane.ForeignHand;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KubeNodeIT {

    private static final Taint OURS = new Taint("lastcall.dev/interruption", "spot", "NoSchedule");

    private final RealApi api = new RealApi("kube-node");
    private final KubeNode node = new KubeNode(api.client, api.node);

    @AfterEach
    void tearDown() {
        node.close();
        api.close();
    }

    @Test
    void one_patch_brings_the_cordon_the_taint_the_label_and_the_annotation() {
        await().until(
                        () -> {
                            NodeView view = node.read().orElseThrow();
                            return node.patch(new NodePatch(
                                    view.resourceVersion(),
                                    true,
                                    taintsWith(view),
                                    Map.of(
                                            "node.kubernetes.io/exclude-from-external-load-balancers",
                                            Optional.of("lastcall")),
                                    Map.of("lastcall.dev/drain", Optional.of("{\"phase\":\"cordoned\"}"))));
                        },
                        PatchAnswer.Done.class::isInstance);

        NodeView after = node.read().orElseThrow();
        assertThat(after.unschedulable()).isTrue();
        assertThat(after.taints()).contains(OURS);
        assertThat(after.labels()).containsEntry("node.kubernetes.io/exclude-from-external-load-balancers", "lastcall");
        assertThat(after.annotations()).containsEntry("lastcall.dev/drain", "{\"phase\":\"cordoned\"}");
    }

    @Test
    void a_foreign_taint_written_meanwhile_makes_a_conflict_and_survives_the_second_try() {
        NodeView stale = node.read().orElseThrow();
        new ForeignHand(api.admin, api.node.value()).taint("someone.else/maintenance", "");

        PatchAnswer first = node.patch(patch(stale));
        PatchAnswer.Done second = patchedAtLast();

        assertThat(first).isEqualTo(new PatchAnswer.Conflict());
        assertThat(second.answeredNanos()).isLessThanOrEqualTo(System.nanoTime());
        assertThat(node.read().orElseThrow().taints())
                .contains(OURS, new Taint("someone.else/maintenance", "", "NoSchedule"));
    }

    /** Taint-based eviction and remediation operators count from {@code timeAdded}. */
    @Test
    void foreign_marks_are_the_same_byte_for_byte_after_our_taint_has_come_and_gone() {
        api.admin.nodes().withName(api.node.value()).patch(PatchContext.of(PatchType.JSON_MERGE), """
                {"metadata": {"labels": {"team": "ml", "empty": ""}, "annotations": {"note": "a, [1, 2.50]} \\t ü"}},
                 "spec": {"taints": [
                   {"key": "medik8s.io/remediation", "value": "x", "effect": "NoExecute", "timeAdded": "2026-11-01T08:00:00Z"},
                   {"key": "example.com/a", "effect": "NoSchedule", "timeAdded": "2026-11-02T09:30:00Z"}]}}""");
        List<String> before = foreignMarks();

        patchedAtLast();
        List<String> during = foreignMarks();
        await().until(
                        () -> {
                            NodeView view = node.read().orElseThrow();
                            List<Taint> others = view.taints().stream()
                                    .filter(taint -> !taint.key().equals(OURS.key()))
                                    .toList();
                            return node.patch(new NodePatch(view.resourceVersion(), false, others, Map.of(), Map.of()));
                        },
                        PatchAnswer.Done.class::isInstance);

        assertThat(before).hasSize(4).anyMatch(mark -> mark.contains("\"timeAdded\":\"2026-11-02T09:30:00Z\""));
        assertThat(during).isEqualTo(before);
        assertThat(foreignMarks()).isEqualTo(before);
        assertThat(node.read().orElseThrow().taints()).doesNotContain(OURS);
    }

    /** As the API server has them; the controllers' own taints come and go by themselves. */
    private List<String> foreignMarks() {
        JsonNode now = new ApiServer(api.admin)
                .get("/api/v1/nodes/" + api.node.value(), Duration.ofSeconds(10))
                .json();
        List<String> marks = new ArrayList<>();
        now.path("spec").path("taints").forEach(taint -> {
            if (taint.path("key").asText().matches("(medik8s.io|example.com)/.*")) {
                marks.add(taint.toString());
            }
        });
        marks.add(now.path("metadata").path("labels").toString());
        marks.add(now.path("metadata").path("annotations").toString());
        return marks;
    }

    @Test
    void a_patch_takes_back_what_is_ours_and_nothing_else() {
        Map<String, Optional<String>> set = Map.of("ours", Optional.of("x"), "stays", Optional.of("y"));
        Map<String, Optional<String>> takeBack = Map.of("ours", Optional.empty());

        for (Map<String, Optional<String>> labels : List.of(set, takeBack)) {
            await().until(
                            () -> node.patch(new NodePatch(
                                    node.read().orElseThrow().resourceVersion(), null, null, labels, Map.of())),
                            PatchAnswer.Done.class::isInstance);
        }

        assertThat(node.read().orElseThrow().labels()).doesNotContainKey("ours").containsEntry("stays", "y");
    }

    @Test
    void a_node_that_does_not_exist_is_missing_and_empty() {
        try (KubeNode nobody = new KubeNode(api.client, new NodeName("nobody"))) {
            assertThat(nobody.read()).isEmpty();
            assertThat(nobody.patch(new NodePatch("1", true, null, Map.of(), Map.of())))
                    .isEqualTo(new PatchAnswer.Missing());
        }
    }

    @Test
    void a_dry_run_is_answered_like_the_patch_and_changes_nothing() {
        NodeView before = node.read().orElseThrow();

        assertThat(node.dryRun(new NodePatch("1", true, null, Map.of(), Map.of())))
                .isEqualTo(new PatchAnswer.Conflict());
        await().until(() -> node.dryRun(patch(node.read().orElseThrow())) instanceof PatchAnswer.Done);

        Node after = api.admin.nodes().withName(api.node.value()).get();
        assertThat(after.getMetadata().getManagedFields())
                .noneMatch(entry -> entry.getManager().equals("lastcall"));
        assertThat(after.getSpec().getUnschedulable()).isNull();
        assertThat(after.getMetadata().getUid()).isEqualTo(before.uid());
    }

    @Test
    void the_watch_shows_changes_and_the_removal() {
        List<String> seen = new ArrayList<>();
        node.onChange(view -> {
            synchronized (seen) {
                seen.add(view.annotations().getOrDefault("round", "-"));
            }
        });
        node.start();
        await().until(() -> node.latest().isPresent() && node.connected());

        for (String round : List.of("1", "2")) {
            new ForeignHand(api.admin, api.node.value()).annotate("round", round);
        }
        await().until(() -> {
            synchronized (seen) {
                return seen.containsAll(List.of("-", "1", "2"));
            }
        });
        assertThat(node.latest().orElseThrow().annotations()).containsEntry("round", "2");

        api.admin.nodes().withName(api.node.value()).delete();
        await().until(() -> node.latest().isEmpty());
    }

    /** The controllers write taints of their own on a Node without a kubelet: more than one conflict is fair. */
    private PatchAnswer.Done patchedAtLast() {
        return (PatchAnswer.Done)
                await().until(() -> node.patch(patch(node.read().orElseThrow())), PatchAnswer.Done.class::isInstance);
    }

    private static NodePatch patch(NodeView view) {
        return new NodePatch(view.resourceVersion(), true, taintsWith(view), Map.of(), Map.of());
    }

    private static List<Taint> taintsWith(NodeView view) {
        List<Taint> taints = new ArrayList<>(view.taints());
        taints.add(OURS);
        return taints;
    }
}
