package dev.lastcall.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lastcall.support.controlplane.ControlPlane;
import dev.lastcall.support.controlplane.ForeignHand;
import dev.lastcall.support.faults.ApiProxy;
import dev.lastcall.support.faults.Fault;
import dev.lastcall.support.faults.SilentWebhook;
import dev.lastcall.support.router.RotationRule;
import dev.lastcall.support.scenario.Scenario;
import dev.lastcall.support.scenario.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A drain among others: webhooks that refuse, a drainer that left its mark, Jobs that count failures, engines that must
 * not be evicted or have never served.
 */
class NeighboursIT {
    private static final Duration NOTICE = Duration.ofSeconds(24);
    private static final Duration MARGIN = Duration.ofSeconds(3);
    private static final Duration GRACE = Duration.ofSeconds(4);

    private static String poolOf(Scenario node) {
        return String.valueOf(node.node().getMetadata().getLabels().get(Workloads.POOL));
    }

    private static boolean running(Scenario node, String app) {
        return node.workloads().pods(app).stream()
                .anyMatch(pod -> "Running".equals(pod.getStatus().getPhase()));
    }

    private static ApiProxy start(Scenario node) throws Exception {
        ApiProxy proxy = node.keep(ApiProxy.before(node.plane()));
        node.startAgent(agent -> agent.kubeconfig(node.plane().kubeconfigVia(proxy.url(), ControlPlane.AGENT))
                .config("lastcall.drain.safety-margin", MARGIN.toSeconds() + "s"));
        return proxy;
    }

    @Test
    void what_a_webhook_refuses_is_forced_at_the_force_point_and_the_event_names_the_webhook() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "webhook")) {
            node.workloads().ordinary("web", 1, Workloads.IDLE_IMAGE, GRACE.toSeconds());
            await("the pod runs").atMost(Duration.ofSeconds(60)).until(() -> running(node, "web"));
            String pod = node.workloads().pods("web").getFirst().getMetadata().getName();
            long mark = node.plane().auditLog().mark();
            ApiProxy proxy = start(node);
            proxy.inject(Fault.on("POST", ".*/pods/" + pod + "/eviction").answer(429, Map.of(), """
                    {"kind":"Status","apiVersion":"v1","status":"Failure","code":429,
                     "message":"admission webhook \\"evacuate.example.org\\" denied the request: evacuation started"}"""));
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));

            assertThat(report.path("pods").path("forced").asInt()).isEqualTo(1);
            assertThat(Traces.deletions(node, mark, pod))
                    .singleElement()
                    .satisfies(deletion ->
                            assertThat(deletion.received()).isAfterOrEqualTo(Traces.forcePoint(report, MARGIN, GRACE)));
            assertThat(proxy.requests("PATCH", ".*/pods/" + pod + "/status"))
                    .singleElement()
                    .satisfies(patch -> assertThat(Traces.body(patch).toString())
                            .contains("DisruptionTarget", "DeletionByLastcall"));
            await("EvictionBlocked")
                    .until(() -> Traces.onPods(node, "EvictionBlocked").stream()
                            .anyMatch(event ->
                                    event.getMessage().contains("the admission webhook evacuate.example.org")));
        }
    }

    /** Guards against the eviction that waited for its answer past the force point, and the pod that was left behind with the machine. */
    @Test
    void what_the_api_server_keeps_to_itself_is_deleted_at_the_force_point(@TempDir Path folder) throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "silence")) {
            node.workloads().ordinary("web", 1, Workloads.IDLE_IMAGE, GRACE.toSeconds());
            await("the pod runs").atMost(Duration.ofSeconds(60)).until(() -> running(node, "web"));
            String pod = node.workloads().pods("web").getFirst().getMetadata().getName();
            SilentWebhook webhook = node.keep(SilentWebhook.over(node.client(), node.namespace(), folder));
            long mark = node.plane().auditLog().mark();
            start(node);
            Instant deadline = node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));

            assertThat(webhook.asked()).isPositive();
            assertThat(report.path("pods").path("forced").asInt()).isEqualTo(1);
            assertThat(report.path("outcome").asText()).isEqualTo("done");
            assertThat(report.path("findings").toString()).contains("was not answered within");
            assertThat(Traces.deletions(node, mark, pod))
                    .singleElement()
                    .satisfies(deletion -> assertThat(deletion.received())
                            .isBetween(Traces.forcePoint(report, MARGIN, GRACE), deadline.minus(MARGIN)));
        }
    }

    @Test
    void pods_left_to_a_drainer_that_does_nothing_are_ours_at_their_force_point() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "company")) {
            node.workloads().ordinary("web", 3, Workloads.IDLE_IMAGE, GRACE.toSeconds());
            await("the pods run")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> node.workloads().pods("web").stream()
                                    .filter(pod ->
                                            "Running".equals(pod.getStatus().getPhase()))
                                    .count()
                            == 3);
            new ForeignHand(node.client(), node.kubelet().nodeName()).taint("karpenter.sh/disrupted", "");
            long mark = node.plane().auditLog().mark();
            start(node);
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            Instant forcePoint = Traces.forcePoint(report, MARGIN, GRACE);
            assertThat(report.path("pods").path("evicted").asInt()).isEqualTo(3);
            assertThat(report.path("findings").toString()).contains("the ordinary pods were left to Karpenter for");
            for (Pod pod : node.workloads().pods("web")) {
                assertThat(Traces.evictions(node, mark, pod.getMetadata().getName()))
                        .allMatch(eviction -> !eviction.received().isBefore(forcePoint));
            }
        }
    }

    @Test
    void an_engine_that_never_served_goes_at_once_and_one_of_a_daemonset_is_withdrawn_and_stays() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "nothing-to-lose")) {
            node.workloads().servingFrom(Workloads.IDLE_IMAGE, "loading", 1, RotationRule.LABEL, 5, "vllm", "serve");
            node.client().resource(perNode(node)).create();
            await("the engines are there")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> running(node, "loading")
                            && node.workloads().pods("each").stream()
                                    .anyMatch(pod -> pod.getStatus().getConditions().stream()
                                            .anyMatch(condition -> condition
                                                            .getType()
                                                            .equals("Ready")
                                                    && condition.getStatus().equals("True"))));
            String loading =
                    node.workloads().pods("loading").getFirst().getMetadata().getName();
            Pod each = node.workloads().pods("each").getFirst();
            long mark = node.plane().auditLog().mark();
            start(node);
            Instant deadline = node.interrupt(Duration.ofSeconds(60));
            JsonNode report = node.awaitReport(Duration.ofSeconds(80));
            assertThat(Traces.evictions(node, mark, loading).getFirst().received())
                    .as("long before its force point")
                    .isBefore(deadline.minusSeconds(30));
            assertThat(report.path("requests").path("unreadPods").asInt()).isZero();
            assertThat(Traces.evictions(node, mark, each.getMetadata().getName()))
                    .isEmpty();
            assertThat(node.client().resource(each).get().getMetadata().getLabels())
                    .containsEntry("lastcall.dev/rotation", "out");
            assertThat(report.path("outcome").asText()).isEqualTo("done");
        }
    }

    /** A budget of 0 over a Job that allows no failure at all: the deletion at the force point is a disruption, not one. */
    @Test
    void a_job_whose_pod_is_deleted_past_its_budget_has_not_failed_and_starts_another_pod() throws Exception {
        try (Scenario node = new Scenario(ControlPlane.shared(), "job")) {
            node.client().resource(job(node)).create();
            node.workloads().budget("batch", 0);
            await("the job's pod runs").atMost(Duration.ofSeconds(60)).until(() -> running(node, "batch"));
            String pod = node.workloads().pods("batch").getFirst().getMetadata().getName();
            long mark = node.plane().auditLog().mark();
            start(node);
            node.interrupt(NOTICE);
            JsonNode report = node.awaitReport(NOTICE.plusSeconds(20));
            assertThat(report.path("pods").path("forced").asInt()).isEqualTo(1);
            assertThat(Traces.deletions(node, mark, pod))
                    .singleElement()
                    .satisfies(deletion ->
                            assertThat(deletion.received()).isAfterOrEqualTo(Traces.forcePoint(report, MARGIN, GRACE)));
            await("another pod of the job")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> node.workloads().pods("batch").stream()
                            .anyMatch(other -> !other.getMetadata().getName().equals(pod)));
            JobStatus status = node.client()
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(node.namespace())
                    .withName("batch")
                    .get()
                    .getStatus();
            assertThat(status.getConditions())
                    .extracting(JobCondition::getType)
                    .doesNotContain("Failed", "FailureTarget");
            assertThat(status.getFailed() == null ? 0 : status.getFailed())
                    .as("failures that count")
                    .isZero();
        }
    }

    /** Its program ignores SIGTERM: one that ended with 0 would have done the Job's work. */
    private static Job job(Scenario node) {
        return new JobBuilder()
                .withNewMetadata()
                .withName("batch")
                .withNamespace(node.namespace())
                .endMetadata()
                .withNewSpec()
                .withBackoffLimit(0)
                .withNewPodFailurePolicy()
                .addNewRule()
                .withAction("Ignore")
                .addNewOnPodCondition("True", "DisruptionTarget")
                .endRule()
                .endPodFailurePolicy()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Map.of("app", "batch"))
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withNodeSelector(Map.of(Workloads.POOL, poolOf(node)))
                .withTerminationGracePeriodSeconds(GRACE.toSeconds())
                .addNewContainer()
                .withName("main")
                .withImage(Workloads.STUBBORN_IMAGE)
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    private static io.fabric8.kubernetes.api.model.apps.DaemonSet perNode(Scenario node) {
        return new DaemonSetBuilder()
                .withNewMetadata()
                .withName("each")
                .withNamespace(node.namespace())
                .endMetadata()
                .withNewSpec()
                .withNewSelector()
                .withMatchLabels(Map.of("app", "each"))
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(Map.of("app", "each", "lastcall.dev/engine", "vllm", "lastcall.dev/rotation", "in"))
                .endMetadata()
                .withNewSpec()
                .withNodeSelector(Map.of(Workloads.POOL, poolOf(node)))
                .addNewContainer()
                .withName("main")
                .withImage(Workloads.ENGINE_IMAGE)
                .withCommand("vllm", "serve", "tiny")
                .addNewPort()
                .withContainerPort(8000)
                .endPort()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }
}
