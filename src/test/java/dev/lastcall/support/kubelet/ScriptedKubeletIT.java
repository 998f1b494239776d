package dev.lastcall.support.kubelet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The scripted kubelet's claims: it obeys as a kubelet does wherever the agent can see the difference. */
class ScriptedKubeletIT extends NodeScene {

    @Test
    void a_deployment_of_three_becomes_ready_and_answers_on_three_addresses() throws IOException {
        deployment(template("web").build(), 3);

        List<Pod> pods = await().atMost(PATIENCE)
                .until(
                        () -> pods("web"),
                        list -> list.size() == 3 && list.stream().allMatch(ready()));

        assertThat(pods).extracting(pod -> pod.getStatus().getPodIP()).doesNotHaveDuplicates();
        for (Pod pod : pods) {
            assertThat(pod.getStatus().getPodIP()).startsWith("127.");
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByName(pod.getStatus().getPodIP()), 8000);
            assertThat(HttpCheck.get(address, "/", Map.of(), Duration.ofSeconds(5)))
                    .isEqualTo(200);
        }
    }

    @Test
    void a_readiness_gate_that_is_withheld_keeps_the_pod_unready_and_out_of_the_endpoint_slice() {
        kubelet.close();
        kubelet = node().reportAddress(address -> address.replaceFirst("^127\\.\\d+", "10.244"))
                .start();
        client.resource(new ServiceBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withSelector(Map.of("app", "web"))
                        .addNewPort()
                        .withPort(80)
                        .withTargetPort(new IntOrString(8000))
                        .endPort()
                        .endSpec()
                        .build())
                .create();
        Pod pod =
                create(pod("web").editSpec().addNewReadinessGate(GATE).endSpec().build());

        Pod gated = awaitPod(pod, condition("ContainersReady", "True"));
        assertThat(conditionOf(gated, "Ready").getStatus()).isEqualTo("False");
        assertThat(conditionOf(gated, "Ready").getReason()).isEqualTo("ReadinessGatesNotReady");
        assertThat(conditionOf(gated, "Ready").getMessage()).contains(GATE, "does not exist");
        awaitEndpointReady(false);

        setGate(pod, "True");
        awaitPod(pod, ready());
        awaitEndpointReady(true);

        setGate(pod, "False");
        Pod withdrawn = awaitPod(pod, ready().negate());
        assertThat(conditionOf(withdrawn, GATE).getStatus())
                .as("a condition somebody else owns survives the kubelet's reports")
                .isEqualTo("False");
        assertThat(conditionOf(withdrawn, "ContainersReady").getStatus()).isEqualTo("True");
        awaitEndpointReady(false);
    }

    @Test
    void a_readiness_probe_decides_and_follows_the_program() {
        web.healthy(false);
        Pod pod = create(withReadinessProbe(pod("web")).build());
        Pod running = awaitPod(
                pod, candidate -> "Running".equals(candidate.getStatus().getPhase()));
        assertThat(ready().test(running)).isFalse();

        web.healthy(true);
        awaitPod(pod, ready());

        web.healthy(false);
        awaitPod(pod, ready().negate());
    }

    @Test
    void a_failing_liveness_probe_restarts_the_container() {
        Pod pod = create(pod("web")
                .editSpec()
                .editFirstContainer()
                .withNewLivenessProbe()
                .withNewHttpGet()
                .withPath("/health")
                .withPort(new IntOrString(8000))
                .endHttpGet()
                // Time for the test to make the program well again before its successor is probed.
                .withInitialDelaySeconds(5)
                .withPeriodSeconds(1)
                .withFailureThreshold(1)
                .endLivenessProbe()
                .endContainer()
                .endSpec()
                .build());
        awaitPod(pod, ready());

        web.healthy(false);
        awaitPod(
                pod,
                candidate ->
                        candidate.getStatus().getContainerStatuses().getFirst().getRestartCount() > 0);
        web.healthy(true);
        awaitPod(pod, ready());
    }

    @Test
    void a_program_that_ends_by_itself_is_started_again() {
        kubelet.close();
        kubelet = node().image("brief", new BriefProgram()).start();

        Pod pod = create(pod("brief").build());

        awaitPod(
                pod,
                candidate -> candidate.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> status.getRestartCount() > 0));
    }

    @Test
    void a_pod_that_runs_to_completion_succeeds() {
        kubelet.close();
        kubelet = node().image("brief", new BriefProgram()).start();

        Pod pod = create(
                pod("brief").editSpec().withRestartPolicy("Never").endSpec().build());

        awaitPod(pod, candidate -> "Succeeded".equals(candidate.getStatus().getPhase()));
    }

    @Test
    void an_unknown_image_is_named_in_the_pods_status() {
        Pod pod = create(pod("nobody-knows").build());

        Pod waiting = awaitPod(
                pod,
                candidate -> candidate.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> status.getState().getWaiting() != null
                                && "ErrImageNeverPull"
                                        .equals(status.getState().getWaiting().getReason())));
        assertThat(waiting.getStatus().getPhase()).isEqualTo("Pending");
        delete(pod);
        awaitGone(pod);
    }

    @Test
    void the_node_is_what_the_cloud_would_show_and_stays_schedulable() {
        assertThat(kubelet.node().getSpec().getProviderID()).isEqualTo("aws:///eu-central-1a/i-0123456789abcdef0");
        assertThat(kubelet.node().getStatus().getAllocatable()).containsEntry("nvidia.com/gpu", new Quantity("8"));
        assertThat(kubelet.node().getSpec().getTaints()).isEmpty();

        kubelet.bootId("another");

        assertThat(kubelet.node().getStatus().getNodeInfo().getBootID()).isEqualTo("another");
    }
}
